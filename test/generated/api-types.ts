export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** One event: a JSON object with the fields of AuditEventInput. Each is read and checked on its own, so that a bad one never fails its batch. */
  AuditEventDocument: { input: Record<string, unknown>; output: Record<string, unknown>; }
  /** A moment, RFC 3339, kept to the millisecond; answers are in UTC, for example 2024-03-20T14:30:00.000Z. */
  DateTime: { input: string; output: string; }
  /** A JSON object. */
  JSONObject: { input: Record<string, unknown>; output: Record<string, unknown>; }
  /** Whole number up to 2^53 - 1, a JSON number: counts outgrow Int. */
  SafeInt: { input: number; output: number; }
};

/** What kind of actor did it. */
export type ActorKind =
  /** A person; only people have sessions. */
  | 'HUMAN'
  /** A service account. */
  | 'SERVICE'
  /** The system itself. */
  | 'SYSTEM';

/** Something that somebody did, as it was reported. It never changes. */
export type AuditEvent = Node & {
  readonly __typename?: 'AuditEvent';
  /** For example CREATE, READ, UPDATE, DELETE, EXPORT. */
  readonly action: Scalars['String']['output'];
  /** The kind of activity, derived from event type and action. */
  readonly activityType: Scalars['String']['output'];
  /** What kind of actor. */
  readonly actorKind: ActorKind;
  /** For example PROD. */
  readonly environment: Maybe<Scalars['String']['output']>;
  /** The producer's idempotency key. (eventId, timestamp) identifies an event. */
  readonly eventId: Scalars['String']['output'];
  /** For example LOGIN, DATA_ACCESS, CONFIG_CHANGE. */
  readonly eventType: Scalars['String']['output'];
  /** Opaque and global, for caches and `node`. */
  readonly id: Scalars['ID']['output'];
  /** The API key that sent it, whatever `source` says. */
  readonly ingestedBy: Scalars['String']['output'];
  /** Which of these fields are masked for this caller in this row, for example ["resourceId"]. */
  readonly maskedFields: ReadonlyArray<Scalars['String']['output']>;
  /** Everything else that was reported; its keys are sorted. */
  readonly metadata: Maybe<Scalars['JSONObject']['output']>;
  /** How it ended. */
  readonly outcome: Outcome;
  /** When the gateway took it. */
  readonly receivedAt: Scalars['DateTime']['output'];
  /** For example eu-central-1. */
  readonly region: Maybe<Scalars['String']['output']>;
  /** What it was done to. */
  readonly resourceId: Maybe<Scalars['String']['output']>;
  /** What kind of thing that is. */
  readonly resourceType: Maybe<Scalars['String']['output']>;
  /** How sensitive the resource is. */
  readonly sensitivity: Sensitivity;
  /** The producer's session. */
  readonly sessionId: Maybe<Scalars['String']['output']>;
  /** `trailgate` for what people did in the gateway itself; those events are for COMPLIANCE_OFFICER and AUDITOR only, and left out unless the filter names the source. */
  readonly source: Scalars['String']['output'];
  /** Where it came from, as text: often an address. */
  readonly sourceIp: Maybe<Scalars['String']['output']>;
  /** When it happened. */
  readonly timestamp: Scalars['DateTime']['output'];
  /** The actor, with activity; batched. */
  readonly user: Maybe<User>;
  /** The actor's department at the time. */
  readonly userDepartment: Maybe<Scalars['String']['output']>;
  /** Who did it; a pseudonym for callers who see it masked. */
  readonly userId: Scalars['String']['output'];
  /** The actor's role at the time. */
  readonly userRole: Maybe<Scalars['String']['output']>;
};

/** A page of events; pages by TIMESTAMP are of the moment of the first. */
export type AuditEventConnection = {
  readonly __typename?: 'AuditEventConnection';
  /** Everything received before this moment is in the answer. */
  readonly dataAsOf: Scalars['DateTime']['output'];
  /** The page, with cursors. */
  readonly edges: ReadonlyArray<AuditEventEdge>;
  /** The page, without cursors. */
  readonly nodes: ReadonlyArray<AuditEvent>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
  /** Where a live feed takes over: auditEventIngested(after: position) misses nothing; an event may be in both, known by its id. Null with asOf. */
  readonly position: Maybe<Scalars['String']['output']>;
  /** Counted only when selected; null when that would cost too much. */
  readonly totalCount: Maybe<Scalars['SafeInt']['output']>;
};

/** What events can be grouped by. */
export type AuditEventDimension =
  /** By action. */
  | 'ACTION'
  /** By activityType. */
  | 'ACTIVITY_TYPE'
  /** By actorKind. */
  | 'ACTOR_KIND'
  /** By environment. */
  | 'ENVIRONMENT'
  /** By eventType. */
  | 'EVENT_TYPE'
  /** By outcome. */
  | 'OUTCOME'
  /** By region. */
  | 'REGION'
  /** By resourceId. */
  | 'RESOURCE_ID'
  /** By resourceType. */
  | 'RESOURCE_TYPE'
  /** By sensitivity. */
  | 'SENSITIVITY'
  /** By source. */
  | 'SOURCE'
  /** By sourceIp. */
  | 'SOURCE_IP'
  /** By userDepartment. */
  | 'USER_DEPARTMENT'
  /** By userId. */
  | 'USER_ID'
  /** By userRole. */
  | 'USER_ROLE';

/** What the events of a group have in common; null where it was not grouped by, or is absent. */
export type AuditEventDimensions = {
  readonly __typename?: 'AuditEventDimensions';
  /** With ACTION. */
  readonly action: Maybe<Scalars['String']['output']>;
  /** With ACTIVITY_TYPE. */
  readonly activityType: Maybe<Scalars['String']['output']>;
  /** With ACTOR_KIND. */
  readonly actorKind: Maybe<ActorKind>;
  /** With ENVIRONMENT. */
  readonly environment: Maybe<Scalars['String']['output']>;
  /** With EVENT_TYPE. */
  readonly eventType: Maybe<Scalars['String']['output']>;
  /** Values at the paths of groupByMetadata, in its order. */
  readonly metadata: ReadonlyArray<Maybe<Scalars['String']['output']>>;
  /** With OUTCOME. */
  readonly outcome: Maybe<Outcome>;
  /** With REGION. */
  readonly region: Maybe<Scalars['String']['output']>;
  /** With RESOURCE_ID. */
  readonly resourceId: Maybe<Scalars['String']['output']>;
  /** With RESOURCE_TYPE. */
  readonly resourceType: Maybe<Scalars['String']['output']>;
  /** With SENSITIVITY. */
  readonly sensitivity: Maybe<Sensitivity>;
  /** With SOURCE. */
  readonly source: Maybe<Scalars['String']['output']>;
  /** With SOURCE_IP. */
  readonly sourceIp: Maybe<Scalars['String']['output']>;
  /** With USER_DEPARTMENT. */
  readonly userDepartment: Maybe<Scalars['String']['output']>;
  /** With USER_ID. */
  readonly userId: Maybe<Scalars['String']['output']>;
  /** With USER_ROLE. */
  readonly userRole: Maybe<Scalars['String']['output']>;
};

/** One AuditEvent and its place in the listing. */
export type AuditEventEdge = {
  readonly __typename?: 'AuditEventEdge';
  /** Opaque: give it as `after` or `before` of the same question. */
  readonly cursor: Scalars['String']['output'];
  /** The thing itself. */
  readonly node: AuditEvent;
};

/**
 * One filter language: queries compile it to SQL, subscriptions and compliance rules to a predicate, with the same answer.
 * All that is given must hold; {} and `and: []` hold for every event, every other empty list for none. There is no third truth value: `not` is the exact opposite.
 */
export type AuditEventFilter = {
  /** For example READ. */
  readonly action?: InputMaybe<StringFilter>;
  /** The kind of activity, derived from event type and action. */
  readonly activityType?: InputMaybe<StringFilter>;
  /** One of these kinds of actor. */
  readonly actorKind?: InputMaybe<ReadonlyArray<ActorKind>>;
  /** All of these must hold. */
  readonly and?: InputMaybe<ReadonlyArray<AuditEventFilter>>;
  /** For example PROD. */
  readonly environment?: InputMaybe<StringFilter>;
  /** The producer's id of the event. */
  readonly eventId?: InputMaybe<StringFilter>;
  /** For example LOGIN. */
  readonly eventType?: InputMaybe<StringFilter>;
  /** All of these must hold. */
  readonly metadata?: InputMaybe<ReadonlyArray<MetadataFilter>>;
  /** This must not hold. */
  readonly not?: InputMaybe<AuditEventFilter>;
  /** At least one of these must hold. */
  readonly or?: InputMaybe<ReadonlyArray<AuditEventFilter>>;
  /** One of these outcomes. */
  readonly outcome?: InputMaybe<ReadonlyArray<Outcome>>;
  /** When the gateway took it. */
  readonly receivedAt?: InputMaybe<TimeRange>;
  /** For example eu-central-1. */
  readonly region?: InputMaybe<StringFilter>;
  /** What it was done to. */
  readonly resourceId?: InputMaybe<StringFilter>;
  /** What kind of thing that is. */
  readonly resourceType?: InputMaybe<StringFilter>;
  /** One of these sensitivities. */
  readonly sensitivity?: InputMaybe<ReadonlyArray<Sensitivity>>;
  /** The producer's session. */
  readonly sessionId?: InputMaybe<StringFilter>;
  /** The system that reported it; naming `trailgate` with eq or in shows what people did in the gateway itself. */
  readonly source?: InputMaybe<StringFilter>;
  /** Where it came from, as text. */
  readonly sourceIp?: InputMaybe<StringFilter>;
  /** When it happened. */
  readonly timestamp?: InputMaybe<TimeRange>;
  /** The actor's department. */
  readonly userDepartment?: InputMaybe<StringFilter>;
  /** Who did it; a caller who sees pseudonyms filters by pseudonym, with eq and in. */
  readonly userId?: InputMaybe<StringFilter>;
  /** The actor's role. */
  readonly userRole?: InputMaybe<StringFilter>;
};

/** Only groups that have events. VIEWER is not shown groups of fewer than five users. */
export type AuditEventGroup = {
  readonly __typename?: 'AuditEventGroup';
  /** Start of the time bucket; null when no interval was asked for. */
  readonly bucket: Maybe<Scalars['DateTime']['output']>;
  /** Events. */
  readonly count: Scalars['SafeInt']['output'];
  /** What the events have in common. */
  readonly dimensions: AuditEventDimensions;
  /** FAILURE or DENIED. */
  readonly failureCount: Scalars['SafeInt']['output'];
  /** The earliest event. */
  readonly firstAt: Scalars['DateTime']['output'];
  /** The latest event. */
  readonly lastAt: Scalars['DateTime']['output'];
  /** Distinct resources (type and id). As uniqueUsers. */
  readonly uniqueResources: Scalars['SafeInt']['output'];
  /** Distinct users. May be approximate above 10,000, off by a few per cent. */
  readonly uniqueUsers: Scalars['SafeInt']['output'];
};

/** A page of groups, of one moment. */
export type AuditEventGroupConnection = {
  readonly __typename?: 'AuditEventGroupConnection';
  /** Everything received before this moment is in the answer. */
  readonly dataAsOf: Scalars['DateTime']['output'];
  /** The page, with cursors. */
  readonly edges: ReadonlyArray<AuditEventGroupEdge>;
  /** The page, without cursors. */
  readonly nodes: ReadonlyArray<AuditEventGroup>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
  /** Counted only when selected; null when that would cost too much. */
  readonly totalCount: Maybe<Scalars['SafeInt']['output']>;
};

/** One AuditEventGroup and its place in the listing. */
export type AuditEventGroupEdge = {
  readonly __typename?: 'AuditEventGroupEdge';
  /** Opaque: give it as `after` or `before` of the same question. */
  readonly cursor: Scalars['String']['output'];
  /** The thing itself. */
  readonly node: AuditEventGroup;
};

/** What groups are ordered by. */
export type AuditEventGroupOrder = {
  /** Which end first. */
  readonly direction: SortDirection;
  /** By what. */
  readonly field: AuditEventGroupOrderField;
};

/** What groups are ordered by; ties go by bucket and dimensions. */
export type AuditEventGroupOrderField =
  /** Start of the time bucket; without an interval, as COUNT. */
  | 'BUCKET'
  /** Events. */
  | 'COUNT'
  /** Events that failed or were denied. */
  | 'FAILURE_COUNT'
  /** Distinct users. */
  | 'UNIQUE_USERS';

/** One event. A text beside metadata holds at most 1,024 characters; an empty one counts as absent. `ingestEvents` also takes the same fields with underscores (`event_id`), and user and action as objects: user { id role department }, action { type resource sensitivity }. */
export type AuditEventInput = {
  /** For example CREATE, READ, UPDATE, DELETE, EXPORT. */
  readonly action: Scalars['String']['input'];
  /** HUMAN when absent. */
  readonly actorKind?: InputMaybe<ActorKind>;
  /** For example PROD. */
  readonly environment?: InputMaybe<Scalars['String']['input']>;
  /** The producer's idempotency key. (eventId, timestamp) identifies an event: sending it again changes nothing. Made by the gateway (UUIDv7) when absent: then a retry is a second event. */
  readonly eventId?: InputMaybe<Scalars['String']['input']>;
  /** For example LOGIN, DATA_ACCESS, CONFIG_CHANGE. */
  readonly eventType: Scalars['String']['input'];
  /** Anything else: well-formed text without U+0000, numbers within 2^53 - 1, 64 levels at most. The whole event is at most settings.maxEventBytes (256 KiB). */
  readonly metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** UNKNOWN when absent. */
  readonly outcome?: InputMaybe<Outcome>;
  /** For example eu-central-1. */
  readonly region?: InputMaybe<Scalars['String']['input']>;
  /** What it was done to. */
  readonly resourceId?: InputMaybe<Scalars['String']['input']>;
  /** What kind of thing that is. */
  readonly resourceType?: InputMaybe<Scalars['String']['input']>;
  /** UNKNOWN when absent. */
  readonly sensitivity?: InputMaybe<Sensitivity>;
  /** The producer's session. */
  readonly sessionId?: InputMaybe<Scalars['String']['input']>;
  /** The system that reports the event: one of the key's sources; the key's name when absent. `trailgate` is reserved. */
  readonly source?: InputMaybe<Scalars['String']['input']>;
  /** Where it came from, as text. */
  readonly sourceIp?: InputMaybe<Scalars['String']['input']>;
  /** When it happened: after 1970, at most 24 hours ahead. `ingestEvents` also takes "2024-03-20 14:30:00" (UTC) and epoch milliseconds. Kept to the millisecond. */
  readonly timestamp: Scalars['DateTime']['input'];
  /** The actor's department at the time. */
  readonly userDepartment?: InputMaybe<Scalars['String']['input']>;
  /** Who did it. */
  readonly userId: Scalars['String']['input'];
  /** The actor's role at the time. */
  readonly userRole?: InputMaybe<Scalars['String']['input']>;
};

/** What events are ordered by; ties go by eventId, in UTF-8 bytes. */
export type AuditEventOrder = {
  /** Which end first. */
  readonly direction: SortDirection;
  /** By what. */
  readonly field: AuditEventOrderField;
};

/** RECEIVED_AT ASC is the order to copy events in: late ones come at the end and none is passed by. */
export type AuditEventOrderField =
  /** When the gateway took it. */
  | 'RECEIVED_AT'
  /** When it happened. */
  | 'TIMESTAMP';

/** Values of `extensions.code`, besides Apollo's GRAPHQL_* for documents that do not parse or validate. */
export type ErrorCode =
  /** An argument is wrong; inputPath says which. */
  | 'BAD_USER_INPUT'
  /** The thing has changed since: read it again. */
  | 'CONFLICT'
  /** The caller may not do this, or may not ask about this field. */
  | 'FORBIDDEN'
  /** A fault of the gateway; its log has more under requestId. */
  | 'INTERNAL_SERVER_ERROR'
  /** There is no such thing, or the caller may not see it. */
  | 'NOT_FOUND'
  /** The feed no longer reaches back to `after`. */
  | 'POSITION_EXPIRED'
  /** Too many requests: wait retryAfterMs. */
  | 'RATE_LIMITED'
  /** The subscriber fell behind and was let go: resume after the last position. */
  | 'SLOW_CONSUMER'
  /** The log takes nothing at present; nothing was written. Send the same request again. */
  | 'STREAM_UNAVAILABLE'
  /** Over a limit of `settings`: narrow it, or let runReport do it. */
  | 'TOO_COSTLY'
  /** There is no key, or it is not known. */
  | 'UNAUTHENTICATED'
  /** The warehouse does not answer at present. Ask again. */
  | 'WAREHOUSE_UNAVAILABLE';

/** A dead letter: a rejected event, one that conflicts with an earlier one, or one that a later stage could not take. */
export type IngestError = Node & {
  readonly __typename?: 'IngestError';
  /** For example INVALID_EVENT, CONFLICT. */
  readonly code: Scalars['String']['output'];
  /** The event as it came; AUDITOR only. Null where it was no object or longer than 16 KiB; such an error can only be discarded. */
  readonly document: Maybe<Scalars['JSONObject']['output']>;
  /** Its name, for resolveIngestErrors. */
  readonly errorId: Scalars['String']['output'];
  /** The event's id, where it had one. */
  readonly eventId: Maybe<Scalars['String']['output']>;
  /** Opaque and global, for caches and `node`. */
  readonly id: Scalars['ID']['output'];
  /** The API key that sent it. */
  readonly ingestedBy: Maybe<Scalars['String']['output']>;
  /** What is wrong and what to do. */
  readonly message: Scalars['String']['output'];
  /** When it went wrong. */
  readonly occurredAt: Scalars['DateTime']['output'];
  /** When it was replayed or discarded. */
  readonly resolvedAt: Maybe<Scalars['DateTime']['output']>;
  /** By whom. */
  readonly resolvedBy: Maybe<Scalars['String']['output']>;
  /** The source that the event named. */
  readonly source: Maybe<Scalars['String']['output']>;
  /** Where it went wrong. */
  readonly stage: IngestErrorStage;
  /** What became of it. */
  readonly status: IngestErrorStatus;
};

/** Why one event was refused. */
export type IngestErrorCode =
  /** The event is larger than settings.maxEventBytes. */
  | 'EVENT_TOO_LARGE'
  /** The key may not report for this source. */
  | 'FORBIDDEN_SOURCE'
  /** A field is missing, unknown or wrong. */
  | 'INVALID_EVENT'
  /** The log took nothing; send the event again. */
  | 'STREAM_UNAVAILABLE';

/** A page of dead letters, newest first. */
export type IngestErrorConnection = {
  readonly __typename?: 'IngestErrorConnection';
  /** The page, with cursors. */
  readonly edges: ReadonlyArray<IngestErrorEdge>;
  /** The page, without cursors. */
  readonly nodes: ReadonlyArray<IngestError>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
  /** Counted only when selected; null when that would cost too much. */
  readonly totalCount: Maybe<Scalars['SafeInt']['output']>;
};

/** One IngestError and its place in the listing. */
export type IngestErrorEdge = {
  readonly __typename?: 'IngestErrorEdge';
  /** Opaque: give it as `after` or `before` of the same question. */
  readonly cursor: Scalars['String']['output'];
  /** The thing itself. */
  readonly node: IngestError;
};

/** All that is given must hold. */
export type IngestErrorFilter = {
  /** For example INVALID_EVENT. */
  readonly code?: InputMaybe<StringFilter>;
  /** The event's id, where it had one. */
  readonly eventId?: InputMaybe<StringFilter>;
  /** The key that sent it. */
  readonly ingestedBy?: InputMaybe<StringFilter>;
  /** When it went wrong. */
  readonly occurredAt?: InputMaybe<TimeRange>;
  /** One of these stages. */
  readonly stage?: InputMaybe<ReadonlyArray<IngestErrorStage>>;
  /** One of these statuses. */
  readonly status?: InputMaybe<ReadonlyArray<IngestErrorStatus>>;
};

/** What to do with a dead letter. */
export type IngestErrorResolution =
  /** Leave it out; the record of it stays. */
  | 'DISCARD'
  /** Take its document through accept again. */
  | 'REPLAY';

/** Where it went wrong. */
export type IngestErrorStage =
  /** The event was refused when it came. */
  | 'ACCEPT'
  /** A line of the log could not be loaded, or the log is not the one that was. */
  | 'LOAD'
  /** The event conflicts with an earlier one. */
  | 'REFRESH'
  /** A rule could not judge the event. */
  | 'RULE';

/** What became of it. */
export type IngestErrorStatus =
  /** Somebody decided to leave it out. */
  | 'DISCARDED'
  /** Nobody has seen to it. */
  | 'NEW'
  /** Its document was taken through accept again. */
  | 'REPLAYED';

/** What became of the dead letters. */
export type IngestErrorsPayload = {
  readonly __typename?: 'IngestErrorsPayload';
  /** Those that were resolved, as they are now. */
  readonly errors: ReadonlyArray<IngestError>;
  /** Those that were not, and why. */
  readonly rejections: ReadonlyArray<ItemRejection>;
};

/** What became of the events of a request. */
export type IngestPayload = {
  readonly __typename?: 'IngestPayload';
  /** Events that are now durable. One that was sent before counts too. */
  readonly accepted: Scalars['Int']['output'];
  /** One for each event sent, in order; null where it was rejected. */
  readonly eventIds: ReadonlyArray<Maybe<Scalars['String']['output']>>;
  /** The accepted events are in every answer whose dataAsOf is later than this. */
  readonly receivedAt: Scalars['DateTime']['output'];
  /** Events that were refused. */
  readonly rejected: Scalars['Int']['output'];
  /** Why, one for each that was refused. */
  readonly rejections: ReadonlyArray<IngestRejection>;
};

/** One event that was refused. It is kept: see ingestErrors. */
export type IngestRejection = {
  readonly __typename?: 'IngestRejection';
  /** Why, for machines. */
  readonly code: IngestErrorCode;
  /** Its id, where it had one. */
  readonly eventId: Maybe<Scalars['String']['output']>;
  /** Position of the event in the request. */
  readonly index: Scalars['Int']['output'];
  /** What is wrong and what to do. */
  readonly message: Scalars['String']['output'];
  /** Where in the event, for example ["metadata", "ip_address"]. */
  readonly path: ReadonlyArray<Scalars['String']['output']>;
  /** True when the same event may be sent again unchanged. */
  readonly retryable: Scalars['Boolean']['output'];
};

/** What a bulk mutation could not do. */
export type ItemRejection = {
  readonly __typename?: 'ItemRejection';
  /** Why, for machines. */
  readonly code: ErrorCode;
  /** Which of the items. */
  readonly itemId: Scalars['String']['output'];
  /** Why, and what to do. */
  readonly message: Scalars['String']['output'];
};

/**
 * `path` is dotted; a key that is not a plain word stands in double quotes, an array element is [n]:
 * `requestParameters.bucketName`, `annotations."authorization.k8s.io/decision"`, `target[0].id`. `[*]` is reserved.
 * Numbers and booleans compare as their JSON text; absent and null are both null.
 */
export type MetadataFilter = {
  /** Where in metadata. */
  readonly path: Scalars['String']['input'];
  /** What must hold there. */
  readonly value: StringFilter;
};

export type Mutation = {
  readonly __typename?: 'Mutation';
  /** One event, typed: the form that explains the others. Answers when it is durable. */
  readonly ingestEvent: Maybe<IngestPayload>;
  /** Up to settings.maxEventsPerRequest events, each checked by itself: a bad one is refused and kept, the others are taken. Answers when all are durable. */
  readonly ingestEvents: Maybe<IngestPayload>;
  /** Replaying is harmless: an event counts once. */
  readonly resolveIngestErrors: Maybe<IngestErrorsPayload>;
};


export type MutationIngestEventArgs = {
  event: AuditEventInput;
};


export type MutationIngestEventsArgs = {
  events: ReadonlyArray<InputMaybe<Scalars['AuditEventDocument']['input']>>;
};


export type MutationResolveIngestErrorsArgs = {
  errorIds: ReadonlyArray<Scalars['String']['input']>;
  reason: Scalars['String']['input'];
  resolution: IngestErrorResolution;
};

/** Something with a global id. */
export type Node = {
  /** Opaque and global, for caches and `node`. */
  readonly id: Scalars['ID']['output'];
};

/** How it ended. */
export type Outcome =
  /** It was refused: no right to. */
  | 'DENIED'
  /** It was tried and failed. */
  | 'FAILURE'
  /** It was done. */
  | 'SUCCESS'
  /** The producer did not say. */
  | 'UNKNOWN';

/** `first` and `last`: 1 to settings.maxPageSize, settings.defaultPageSize when absent; more is an error. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** Of the last edge; null on an empty page. */
  readonly endCursor: Maybe<Scalars['String']['output']>;
  /** More follows after endCursor. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Something lies before startCursor. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** Of the first edge; null on an empty page. */
  readonly startCursor: Maybe<Scalars['String']['output']>;
};

export type Query = {
  readonly __typename?: 'Query';
  /** `timestamp` makes the look-up faster and picks one where an id was used at several times; without it the newest is returned. */
  readonly auditEvent: Maybe<AuditEvent>;
  /** Events counted by what they have in common. Without groupBy and interval: one group, the totals. */
  readonly auditEventGroups: Maybe<AuditEventGroupConnection>;
  /** Events, a page at a time. asOf: only what was received before. */
  readonly auditEvents: Maybe<AuditEventConnection>;
  /** Newest first. */
  readonly ingestErrors: Maybe<IngestErrorConnection>;
  /** Under the same rules as the field that gave the id. */
  readonly node: Maybe<Node>;
  /** What holds for this caller. */
  readonly settings: Settings;
  /** A caller who sees pseudonyms asks by pseudonym. */
  readonly user: Maybe<User>;
  /** Users and what they do, a page at a time. */
  readonly userActivity: Maybe<UserActivityConnection>;
  /** Who is asking. */
  readonly viewer: Viewer;
};


export type QueryAuditEventArgs = {
  eventId: Scalars['String']['input'];
  timestamp?: InputMaybe<Scalars['DateTime']['input']>;
};


export type QueryAuditEventGroupsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  asOf?: InputMaybe<Scalars['DateTime']['input']>;
  filter?: InputMaybe<AuditEventFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  groupBy?: InputMaybe<ReadonlyArray<AuditEventDimension>>;
  groupByMetadata?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  interval?: InputMaybe<TimeInterval>;
  orderBy?: AuditEventGroupOrder;
};


export type QueryAuditEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  asOf?: InputMaybe<Scalars['DateTime']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuditEventFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: AuditEventOrder;
};


export type QueryIngestErrorsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<IngestErrorFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


export type QueryUserArgs = {
  userId: Scalars['String']['input'];
};


export type QueryUserActivityArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<UserActivityFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: UserActivityOrder;
};

/** What a caller may do. */
export type Role =
  /** Keeps retention, schedules, keys and the pipeline. */
  | 'ADMIN'
  /** Reads events and marts, masked. */
  | 'ANALYST'
  /** Reads everything unmasked, dead letters and records of access too; changes nothing. */
  | 'AUDITOR'
  /** Reads everything unmasked; keeps rules, violations and holds. */
  | 'COMPLIANCE_OFFICER'
  /** Sends events. */
  | 'INGESTOR'
  /** Reads events in scope, masked, and groups of five users or more. */
  | 'VIEWER';

/** Which rows: null is all, an empty list none. An event that lacks the value is seen only where this is null. */
export type RowScope = {
  readonly __typename?: 'RowScope';
  /** Departments of the actor. */
  readonly departments: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** Environments. */
  readonly environments: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** Regions. */
  readonly regions: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};

/** How sensitive the resource is. */
export type Sensitivity =
  /** Confidential. */
  | 'HIGH'
  /** Public or harmless. */
  | 'LOW'
  /** Internal. */
  | 'MEDIUM'
  /** For few people only. */
  | 'RESTRICTED'
  /** The producer did not say. */
  | 'UNKNOWN';

/** What holds for this caller, so that a client need not guess. */
export type Settings = {
  readonly __typename?: 'Settings';
  /** Rows of a page when neither first nor last is given. */
  readonly defaultPageSize: Scalars['Int']['output'];
  /** For example AuditEvent.sourceIp. Single rows may hide more: AuditEvent.maskedFields. */
  readonly maskedFields: ReadonlyArray<Scalars['String']['output']>;
  /** Bytes of one event, as JSON in UTF-8. */
  readonly maxEventBytes: Scalars['Int']['output'];
  /** Events in one ingestEvents. */
  readonly maxEventsPerRequest: Scalars['Int']['output'];
  /** Conditions in one filter. */
  readonly maxFilterConditions: Scalars['Int']['output'];
  /** Dimensions and metadata paths of auditEventGroups, together. */
  readonly maxGroupBy: Scalars['Int']['output'];
  /** The largest first or last. */
  readonly maxPageSize: Scalars['Int']['output'];
  /** Bytes of one HTTP request. */
  readonly maxRequestBytes: Scalars['Int']['output'];
  /** Milliseconds after which a query is cancelled. */
  readonly queryTimeoutMs: Scalars['Int']['output'];
};

/** Which end comes first. */
export type SortDirection =
  /** Smallest, oldest or first in the alphabet (by UTF-8 bytes) first. */
  | 'ASC'
  /** Largest, newest or last in the alphabet first. */
  | 'DESC';

/** All that is given must hold. `ne` and `notIn` are the opposite of `eq` and `in`: an absent value passes them, and `isNull: true`, and nothing else. One that says nothing is an error. */
export type StringFilter = {
  /** Contains this text, taken literally. */
  readonly contains?: InputMaybe<Scalars['String']['input']>;
  /** Ends with this text, taken literally. */
  readonly endsWith?: InputMaybe<Scalars['String']['input']>;
  /** Equal to this. */
  readonly eq?: InputMaybe<Scalars['String']['input']>;
  /** A-Z and a-z are the same. */
  readonly ignoreCase?: Scalars['Boolean']['input'];
  /** Equal to one of these; an empty list holds for none. */
  readonly in?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** True: absent. False: present. */
  readonly isNull?: InputMaybe<Scalars['Boolean']['input']>;
  /** Not equal to this, or absent. */
  readonly ne?: InputMaybe<Scalars['String']['input']>;
  /** Equal to none of these, or absent. */
  readonly notIn?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Begins with this text, taken literally. */
  readonly startsWith?: InputMaybe<Scalars['String']['input']>;
};

/** In UTC; weeks start on Monday. */
export type TimeInterval =
  /** One day. */
  | 'DAY'
  /** One hour. */
  | 'HOUR'
  /** One minute. */
  | 'MINUTE'
  /** One month of the calendar. */
  | 'MONTH'
  /** Monday to Sunday. */
  | 'WEEK';

/** Half open: `from` is included, `to` is not. One that says nothing is an error. */
export type TimeRange = {
  /** Included. */
  readonly from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Not included. */
  readonly to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Somebody or something that acts. */
export type User = Node & {
  readonly __typename?: 'User';
  /** One row per activity type, most frequent first. */
  readonly activity: Maybe<ReadonlyArray<UserActivity>>;
  /** As in the latest event. */
  readonly department: Maybe<Scalars['String']['output']>;
  /** Opaque and global, for caches and `node`. */
  readonly id: Scalars['ID']['output'];
  /** As in the latest event. */
  readonly role: Maybe<Scalars['String']['output']>;
  /** The name that producers use; a pseudonym for callers who see it masked. */
  readonly userId: Scalars['String']['output'];
};

/** One user and activity type, over every event that is kept. */
export type UserActivity = {
  readonly __typename?: 'UserActivity';
  /** The kind of activity. */
  readonly activityType: Scalars['String']['output'];
  /** Mean length of those sessions in minutes, a single event counting as 0; null without sessions. */
  readonly avgSessionMinutes: Maybe<Scalars['Float']['output']>;
  /** Events. */
  readonly eventCount: Scalars['SafeInt']['output'];
  /** The earliest event. */
  readonly firstActivityAt: Scalars['DateTime']['output'];
  /** The latest event. */
  readonly lastActivityAt: Scalars['DateTime']['output'];
  /** Distinct resources (type and id). */
  readonly resourceAccessCount: Scalars['SafeInt']['output'];
  /** Sessions that contain this activity. Only people have sessions; a new one begins after 30 minutes without an event. */
  readonly sessionCount: Scalars['SafeInt']['output'];
  /** The user; a pseudonym for callers who see it masked. */
  readonly userId: Scalars['String']['output'];
};

/** A page of user activity. */
export type UserActivityConnection = {
  readonly __typename?: 'UserActivityConnection';
  /** Everything received before this moment is in the answer. */
  readonly dataAsOf: Scalars['DateTime']['output'];
  /** The page, with cursors. */
  readonly edges: ReadonlyArray<UserActivityEdge>;
  /** The page, without cursors. */
  readonly nodes: ReadonlyArray<UserActivity>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
  /** Counted only when selected; null when that would cost too much. */
  readonly totalCount: Maybe<Scalars['SafeInt']['output']>;
};

/** One UserActivity and its place in the listing. */
export type UserActivityEdge = {
  readonly __typename?: 'UserActivityEdge';
  /** Opaque: give it as `after` or `before` of the same question. */
  readonly cursor: Scalars['String']['output'];
  /** The thing itself. */
  readonly node: UserActivity;
};

/** All that is given must hold. */
export type UserActivityFilter = {
  /** The kind of activity. */
  readonly activityType?: InputMaybe<StringFilter>;
  /** When the latest event happened. */
  readonly lastActivityAt?: InputMaybe<TimeRange>;
  /** The user. */
  readonly userId?: InputMaybe<StringFilter>;
};

/** What user activity is ordered by. */
export type UserActivityOrder = {
  /** Which end first. */
  readonly direction: SortDirection;
  /** By what. */
  readonly field: UserActivityOrderField;
};

/** What rows of user activity are ordered by; ties go by user and activity type. */
export type UserActivityOrderField =
  /** How many events. */
  | 'EVENT_COUNT'
  /** The latest event. */
  | 'LAST_ACTIVITY_AT'
  /** The user, by UTF-8 bytes. */
  | 'USER_ID';

/** Who is asking. */
export type Viewer = {
  readonly __typename?: 'Viewer';
  /** Root fields this caller may use, for example Mutation.resolveIngestErrors. */
  readonly operations: ReadonlyArray<Scalars['String']['output']>;
  /** What the caller may do. */
  readonly roles: ReadonlyArray<Role>;
  /** Which rows the caller sees. */
  readonly scope: RowScope;
  /** The key's name, or the person's. */
  readonly subject: Scalars['String']['output'];
};
