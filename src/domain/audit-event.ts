/** The audit event: its words, its limits, and its shape after normalisation. */

export const ACTOR_KINDS = ['HUMAN', 'SERVICE', 'SYSTEM'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

export const OUTCOMES = ['SUCCESS', 'FAILURE', 'DENIED', 'UNKNOWN'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const SENSITIVITIES = ['LOW', 'MEDIUM', 'HIGH', 'RESTRICTED', 'UNKNOWN'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

/** Source of what people do in the gateway itself; no producer may report for it. */
export const GATEWAY_SOURCE = 'trailgate';

export const LIMITS = {
  /** Events in one request. */
  maxEventsPerRequest: 1_000,
  /** Bytes of one event, as its own JSON in UTF-8. */
  maxEventBytes: 256 * 1024,
  /** Bytes of one HTTP request body. */
  maxRequestBytes: 5 * 1024 * 1024,
  /** Characters (UTF-16 units) of one field beside metadata. */
  maxFieldLength: 1_024,
  /** Levels of objects and arrays inside metadata: deeper ones overflow the stacks of parsers down the road. */
  maxMetadataDepth: 64,
  /** Bytes of a refused document that are kept for a replay. */
  maxKeptDocumentBytes: 16 * 1024,
  /** How far ahead of the gateway's clock an event may lie. */
  maxAheadMs: 24 * 3_600_000,
} as const;

/** An event as producers may send it, before anything is checked. */
export interface AuditEventInput {
  eventId?: string | null;
  timestamp: string | number;
  eventType: string;
  action: string;
  userId: string;
  userRole?: string | null;
  userDepartment?: string | null;
  actorKind?: ActorKind | null;
  resourceId?: string | null;
  resourceType?: string | null;
  outcome?: Outcome | null;
  sensitivity?: Sensitivity | null;
  environment?: string | null;
  region?: string | null;
  source?: string | null;
  sourceIp?: string | null;
  sessionId?: string | null;
  metadata?: Record<string, unknown> | null;
}

/** An event after accept: every default filled in, every value within its limits. */
export interface NormalisedEvent {
  readonly eventId: string;
  /** Milliseconds since 1970, UTC. */
  readonly timestamp: number;
  readonly eventType: string;
  readonly activityType: string;
  readonly action: string;
  readonly userId: string;
  readonly userPseudonym: string;
  readonly userRole: string | null;
  readonly userDepartment: string | null;
  readonly actorKind: ActorKind;
  readonly resourceId: string | null;
  readonly resourceType: string | null;
  readonly outcome: Outcome;
  readonly sensitivity: Sensitivity;
  readonly environment: string | null;
  readonly region: string | null;
  readonly source: string;
  readonly sourceIp: string | null;
  readonly sessionId: string | null;
  /** Canonical JSON text (keys sorted); null where there was none. This text is what every engine sees. */
  readonly metadata: string | null;
}
