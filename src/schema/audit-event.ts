import { Field, InputType, ObjectType } from 'type-graphql';
import { ActorKind, AuditEventOrderField, Outcome, Sensitivity, SortDirection } from './enums.ts';
import { Node } from './node.ts';
import { connectionTypes } from './page.ts';
import { DateTime, JSONObject } from './scalars.ts';

@ObjectType({
  implements: Node,
  description: 'Something that somebody did, as it was reported. It never changes.',
  simpleResolvers: true,
})
export class AuditEvent extends Node {
  @Field(() => String, { description: "The producer's idempotency key. (eventId, timestamp) identifies an event." })
  eventId!: string;

  @Field(() => DateTime, { description: 'When it happened.' })
  timestamp!: number;

  @Field(() => DateTime, { description: 'When the gateway took it.' })
  receivedAt!: number;

  @Field(() => String, { description: 'The API key that sent it, whatever `source` says.' })
  ingestedBy!: string;

  @Field(() => String, { description: 'For example LOGIN, DATA_ACCESS, CONFIG_CHANGE.' })
  eventType!: string;

  @Field(() => String, { description: 'The kind of activity, derived from event type and action.' })
  activityType!: string;

  @Field(() => String, { description: 'For example CREATE, READ, UPDATE, DELETE, EXPORT.' })
  action!: string;

  @Field(() => String, { description: 'Who did it; a pseudonym for callers who see it masked.' })
  userId!: string;

  @Field(() => String, { nullable: true, description: "The actor's role at the time." })
  userRole!: string | null;

  @Field(() => String, { nullable: true, description: "The actor's department at the time." })
  userDepartment!: string | null;

  @Field(() => ActorKind, { description: 'What kind of actor.' })
  actorKind!: string;

  @Field(() => String, { nullable: true, description: 'What it was done to.' })
  resourceId!: string | null;

  @Field(() => String, { nullable: true, description: 'What kind of thing that is.' })
  resourceType!: string | null;

  @Field(() => Outcome, { description: 'How it ended.' })
  outcome!: string;

  @Field(() => Sensitivity, { description: 'How sensitive the resource is.' })
  sensitivity!: string;

  @Field(() => String, { nullable: true, description: 'For example PROD.' })
  environment!: string | null;

  @Field(() => String, { nullable: true, description: 'For example eu-central-1.' })
  region!: string | null;

  @Field(() => String, {
    description:
      '`trailgate` for what people did in the gateway itself; those events are for COMPLIANCE_OFFICER and AUDITOR only, and left out unless the filter names the source.',
  })
  source!: string;

  @Field(() => String, { nullable: true, description: 'Where it came from, as text: often an address.' })
  sourceIp!: string | null;

  @Field(() => String, { nullable: true, description: "The producer's session." })
  sessionId!: string | null;

  @Field(() => JSONObject, { nullable: true, description: 'Everything else that was reported; its keys are sorted.' })
  metadata!: string | null;
}

export const { EdgeType: AuditEventEdge, ConnectionType: AuditEventPage } = connectionTypes(AuditEvent, 'AuditEvent');

@ObjectType({
  description: 'A page of events; pages by TIMESTAMP are of the moment of the first.',
  simpleResolvers: true,
})
export class AuditEventConnection extends AuditEventPage {
  @Field(() => DateTime, { description: 'Everything received before this moment is in the answer.' })
  dataAsOf!: number;

  @Field(() => String, {
    nullable: true,
    description:
      'Where a live feed takes over: auditEventIngested(after: position) misses nothing; an event may be in both, known by its id. Null with asOf.',
  })
  position!: string | null;
}

@InputType({ description: 'What events are ordered by; ties go by eventId, in UTF-8 bytes.' })
export class AuditEventOrder {
  @Field(() => AuditEventOrderField, { description: 'By what.' })
  field!: 'TIMESTAMP' | 'RECEIVED_AT';

  @Field(() => SortDirection, { description: 'Which end first.' })
  direction!: 'ASC' | 'DESC';
}
