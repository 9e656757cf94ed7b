import { type RawBuilder, sql } from 'kysely';
import { GATEWAY_SOURCE } from '../domain/audit-event.ts';
import { type Caller, hasRole } from '../domain/caller.ts';
import { type AuditEventFilterInput, parseAuditEventFilter } from '../filter/audit-event-filter.ts';
import type { FilterDialect } from '../filter/dialect.ts';
import type { Filter } from '../filter/filter.ts';
import { namesSource, type TimeBounds, timestampBounds } from '../filter/reach.ts';
import { filterToSql } from '../filter/sql.ts';
import { inScope } from './scope.ts';

/** Conditions in one filter; settings.maxFilterConditions. */
export const MAX_FILTER_CONDITIONS = 200;

export interface EventConditions {
  /** Scope, filter, and the gateway's own events left out unless their source is named by one who may see them. */
  readonly where: RawBuilder<boolean>;
  /** Outside these the filter finds nothing. */
  readonly bounds: TimeBounds;
}

/** @throws AppError BAD_USER_INPUT with the path of what is wrong in the filter. */
export function eventConditions(
  caller: Caller,
  input: AuditEventFilterInput | null | undefined,
  {
    receivedBefore,
    dialect,
    namedByKey = false,
  }: { receivedBefore: number; dialect: FilterDialect; namedByKey?: boolean },
): EventConditions {
  const filter: Filter = parseAuditEventFilter(input, { maxConditions: MAX_FILTER_CONDITIONS });
  const table = 'e';
  const showsGateway =
    (namedByKey || namesSource(filter, GATEWAY_SOURCE)) && hasRole(caller, 'COMPLIANCE_OFFICER', 'AUDITOR');
  const conditions = [
    inScope(caller, table),
    filterToSql(filter, { dialect, table }),
    sql<boolean>`e.received_at < ${new Date(receivedBefore)}`,
    ...(showsGateway ? [] : [sql<boolean>`e.source <> ${GATEWAY_SOURCE}`]),
  ];
  return { where: sql<boolean>`${sql.join(conditions, sql` and `)}`, bounds: timestampBounds(filter) };
}
