import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { ActorKind as Actor, Sensitivity as Level, Outcome as Result } from '../domain/audit-event.ts';
import { ActorKind, IngestErrorCode, Outcome, Sensitivity } from './enums.ts';
import { DateTime, JSONObject } from './scalars.ts';

@InputType({
  description:
    'One event. A text beside metadata holds at most 1,024 characters; an empty one counts as absent. `ingestEvents` also takes the same fields with underscores (`event_id`), and user and action as objects: user { id role department }, action { type resource sensitivity }.',
})
export class AuditEventInput {
  @Field(() => String, {
    nullable: true,
    description:
      "The producer's idempotency key. (eventId, timestamp) identifies an event: sending it again changes nothing. Made by the gateway (UUIDv7) when absent: then a retry is a second event.",
  })
  eventId?: string | null;

  @Field(() => DateTime, {
    description:
      'When it happened: after 1970, at most 24 hours ahead. `ingestEvents` also takes "2024-03-20 14:30:00" (UTC) and epoch milliseconds. Kept to the millisecond.',
  })
  timestamp!: number;

  @Field(() => String, { description: 'For example LOGIN, DATA_ACCESS, CONFIG_CHANGE.' })
  eventType!: string;

  @Field(() => String, { description: 'For example CREATE, READ, UPDATE, DELETE, EXPORT.' })
  action!: string;

  @Field(() => String, { description: 'Who did it.' })
  userId!: string;

  @Field(() => String, { nullable: true, description: "The actor's role at the time." })
  userRole?: string | null;

  @Field(() => String, { nullable: true, description: "The actor's department at the time." })
  userDepartment?: string | null;

  @Field(() => ActorKind, { nullable: true, description: 'HUMAN when absent.' })
  actorKind?: Actor | null;

  @Field(() => String, { nullable: true, description: 'What it was done to.' })
  resourceId?: string | null;

  @Field(() => String, { nullable: true, description: 'What kind of thing that is.' })
  resourceType?: string | null;

  @Field(() => Outcome, { nullable: true, description: 'UNKNOWN when absent.' })
  outcome?: Result | null;

  @Field(() => Sensitivity, { nullable: true, description: 'UNKNOWN when absent.' })
  sensitivity?: Level | null;

  @Field(() => String, { nullable: true, description: 'For example PROD.' })
  environment?: string | null;

  @Field(() => String, { nullable: true, description: 'For example eu-central-1.' })
  region?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The system that reports the event: one of the key's sources; the key's name when absent. `trailgate` is reserved.",
  })
  source?: string | null;

  @Field(() => String, { nullable: true, description: 'Where it came from, as text.' })
  sourceIp?: string | null;

  @Field(() => String, { nullable: true, description: "The producer's session." })
  sessionId?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'Anything else: well-formed text without U+0000, numbers within 2^53 - 1, 64 levels at most. The whole event is at most settings.maxEventBytes (256 KiB).',
  })
  metadata?: Record<string, unknown> | null;
}

@ObjectType({ description: 'One event that was refused. It is kept: see ingestErrors.', simpleResolvers: true })
export class IngestRejection {
  @Field(() => Int, { description: 'Position of the event in the request.' })
  index!: number;

  @Field(() => String, { nullable: true, description: 'Its id, where it had one.' })
  eventId!: string | null;

  @Field(() => IngestErrorCode, { description: 'Why, for machines.' })
  code!: string;

  @Field(() => String, { description: 'What is wrong and what to do.' })
  message!: string;

  @Field(() => [String], { description: 'Where in the event, for example ["metadata", "ip_address"].' })
  path!: string[];

  @Field(() => Boolean, { description: 'True when the same event may be sent again unchanged.' })
  retryable!: boolean;
}

@ObjectType({ description: 'What became of the events of a request.', simpleResolvers: true })
export class IngestPayload {
  @Field(() => Int, { description: 'Events that are now durable. One that was sent before counts too.' })
  accepted!: number;

  @Field(() => Int, { description: 'Events that were refused.' })
  rejected!: number;

  @Field(() => [String], {
    nullable: 'items',
    description: 'One for each event sent, in order; null where it was rejected.',
  })
  eventIds!: (string | null)[];

  @Field(() => [IngestRejection], { description: 'Why, one for each that was refused.' })
  rejections!: IngestRejection[];

  @Field(() => DateTime, { description: 'The accepted events are in every answer whose dataAsOf is later than this.' })
  receivedAt!: number;
}
