import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Authorized, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { type AuditEventRow, EVENT_COLUMNS, type EventField } from '../query/audit-event-row.ts';
import { AuditEvent, AuditEventConnection, AuditEventOrder } from '../schema/audit-event.ts';
import { AuditEventFilter } from '../schema/filters.ts';
import { toConnection } from '../schema/page.ts';
import { DateTime } from '../schema/scalars.ts';
import { User } from '../schema/user.ts';
import { writeGlobalId } from './global-id.ts';
import type { RequestContext } from './request-context.ts';
import { selectedBelow, selectedOfRows } from './selection.ts';

const NEWEST_FIRST: AuditEventOrder = { field: 'TIMESTAMP', direction: 'DESC' };

@Resolver(() => AuditEvent)
export class AuditEventResolver {
  @Authorized()
  @Query(() => AuditEventConnection, {
    nullable: true,
    description: 'Events, a page at a time. asOf: only what was received before.',
  })
  async auditEvents(
    @Arg('filter', () => AuditEventFilter, { nullable: true, description: 'Which events; all when absent.' })
    filter: AuditEventFilter | null,
    @Arg('orderBy', () => AuditEventOrder, { defaultValue: NEWEST_FIRST, description: 'In what order.' })
    orderBy: AuditEventOrder,
    @Arg('first', () => Int, { nullable: true, description: 'How many, from the front.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'Behind this cursor.' }) after: string | null,
    @Arg('last', () => Int, { nullable: true, description: 'How many, from the end.' }) last: number | null,
    @Arg('before', () => String, { nullable: true, description: 'Ahead of this cursor.' }) before: string | null,
    @Arg('asOf', () => DateTime, { nullable: true, description: 'Only what was received before this moment.' })
    asOf: number | null,
    @Ctx() { caller, features, signal, pageRows }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    pageRows.take(last ?? first, last == null ? 'first' : 'last');
    const args = {
      filter,
      orderBy,
      first,
      after,
      last,
      before,
      asOf,
      fields: eventFields(info),
      withTotal: selectedBelow(info, []).has('totalCount'),
    };
    const page = await features.auditEvents.page(caller, args, signal);
    const { events: rows, dataAsOf, position } = page;
    return toConnection(
      { ...page, rows },
      { dataAsOf, position: position && features.seal.sealOnce('position', JSON.stringify(position)) },
    );
  }

  @Authorized()
  @Query(() => AuditEvent, {
    nullable: true,
    description:
      '`timestamp` makes the look-up faster and picks one where an id was used at several times; without it the newest is returned.',
  })
  auditEvent(
    @Arg('eventId', () => String, { description: "The producer's id." }) eventId: string,
    @Arg('timestamp', () => DateTime, { nullable: true, description: 'When it happened.' }) timestamp: number | null,
    @Ctx() { caller, features }: RequestContext,
  ) {
    return features.auditEvents.find(caller, { eventId, timestamp });
  }

  @FieldResolver(() => ID, { description: 'Opaque and global, for caches and `node`.' })
  id(@Root() event: AuditEventRow, @Ctx() { features }: RequestContext) {
    return writeGlobalId(features.seal, 'AuditEvent', event.eventId, event.timestamp);
  }

  @FieldResolver(() => [String], {
    description: 'Which of these fields are masked for this caller in this row, for example ["resourceId"].',
  })
  maskedFields(@Ctx() { caller }: RequestContext) {
    return [...caller.masks];
  }

  @FieldResolver(() => User, { nullable: true, description: 'The actor, with activity; batched.' })
  user(@Root() event: AuditEventRow, @Ctx() { loaders }: RequestContext) {
    return loaders.userById.load(event.userId);
  }
}

/** The columns behind the selected fields; `user` is found by userId. */
function eventFields(info: GraphQLResolveInfo): ReadonlySet<EventField> {
  const selected = selectedOfRows(info);
  const fields = [...selected].filter((name): name is EventField => Object.hasOwn(EVENT_COLUMNS, name));
  return new Set<EventField>(selected.has('user') ? [...fields, 'userId'] : fields);
}
