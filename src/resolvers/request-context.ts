import type DataLoader from 'dataloader';
import type { Caller } from '../domain/caller.ts';
import type { Seal } from '../domain/seal.ts';
import type { Accept } from '../ingest/accept.ts';
import type { ResolveIngestErrors } from '../ingest/resolve-errors.ts';
import type { AuditEventGroups } from '../query/audit-event-groups.ts';
import type { AuditEvents } from '../query/audit-events.ts';
import type { IngestErrors } from '../query/ingest-errors.ts';
import type { UserActivity } from '../query/user-activity.ts';
import type { UserActivityRow } from '../query/user-activity-rows.ts';
import type { UserRow, Users } from '../query/users.ts';
import type { PageRows } from './page-rows.ts';
import type { SentEvents } from './sent-events.ts';

/** What resolvers may call: made once, in app.ts. */
export interface Features {
  readonly accept: Accept;
  readonly resolveIngestErrors: ResolveIngestErrors;
  readonly auditEvents: AuditEvents;
  readonly auditEventGroups: AuditEventGroups;
  readonly userActivity: UserActivity;
  readonly users: Users;
  readonly ingestErrors: IngestErrors;
  readonly seal: Seal;
  readonly settings: { readonly queryTimeoutMs: number };
}

export interface RequestContext {
  readonly caller: Caller;
  readonly requestId: string;
  /** W3C trace parent of the request, or null. */
  readonly trace: string | null;
  /** Aborted when the caller has left. */
  readonly signal: AbortSignal;
  readonly features: Features;
  readonly pageRows: PageRows;
  readonly sentEvents: SentEvents;
  /** Batches of one request, and nothing longer: what they hold is for this caller only. */
  readonly loaders: {
    readonly userById: DataLoader<string, UserRow | null>;
    readonly activityByUser: DataLoader<string, readonly UserActivityRow[]>;
  };
}
