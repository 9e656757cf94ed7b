import { Field, InputType } from 'type-graphql';
import type { ActorKind as Actor, Sensitivity as Level, Outcome as Result } from '../domain/audit-event.ts';
import { ActorKind, IngestErrorStage, IngestErrorStatus, Outcome, Sensitivity } from './enums.ts';
import { DateTime } from './scalars.ts';

@InputType({ description: 'Half open: `from` is included, `to` is not. One that says nothing is an error.' })
export class TimeRange {
  @Field(() => DateTime, { nullable: true, description: 'Included.' })
  from?: number | null;

  @Field(() => DateTime, { nullable: true, description: 'Not included.' })
  to?: number | null;
}

@InputType({
  description:
    'All that is given must hold. `ne` and `notIn` are the opposite of `eq` and `in`: an absent value passes them, and `isNull: true`, and nothing else. One that says nothing is an error.',
})
export class StringFilter {
  @Field(() => String, { nullable: true, description: 'Equal to this.' })
  eq?: string | null;

  @Field(() => String, { nullable: true, description: 'Not equal to this, or absent.' })
  ne?: string | null;

  @Field(() => [String], { nullable: true, description: 'Equal to one of these; an empty list holds for none.' })
  in?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Equal to none of these, or absent.' })
  notIn?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Begins with this text, taken literally.' })
  startsWith?: string | null;

  @Field(() => String, { nullable: true, description: 'Ends with this text, taken literally.' })
  endsWith?: string | null;

  @Field(() => String, { nullable: true, description: 'Contains this text, taken literally.' })
  contains?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True: absent. False: present.' })
  isNull?: boolean | null;

  @Field(() => Boolean, { defaultValue: false, description: 'A-Z and a-z are the same.' })
  ignoreCase?: boolean;
}

@InputType({
  description: `\`path\` is dotted; a key that is not a plain word stands in double quotes, an array element is [n]:
\`requestParameters.bucketName\`, \`annotations."authorization.k8s.io/decision"\`, \`target[0].id\`. \`[*]\` is reserved.
Numbers and booleans compare as their JSON text; absent and null are both null.`,
})
export class MetadataFilter {
  @Field(() => String, { description: 'Where in metadata.' })
  path!: string;

  @Field(() => StringFilter, { description: 'What must hold there.' })
  value!: StringFilter;
}

@InputType({
  description: `One filter language: queries compile it to SQL, subscriptions and compliance rules to a predicate, with the same answer.
All that is given must hold; {} and \`and: []\` hold for every event, every other empty list for none. There is no third truth value: \`not\` is the exact opposite.`,
})
export class AuditEventFilter {
  @Field(() => TimeRange, { nullable: true, description: 'When it happened.' })
  timestamp?: TimeRange | null;

  @Field(() => TimeRange, { nullable: true, description: 'When the gateway took it.' })
  receivedAt?: TimeRange | null;

  @Field(() => StringFilter, { nullable: true, description: "The producer's id of the event." })
  eventId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'For example LOGIN.' })
  eventType?: StringFilter | null;

  @Field(() => StringFilter, {
    nullable: true,
    description: 'The kind of activity, derived from event type and action.',
  })
  activityType?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'For example READ.' })
  action?: StringFilter | null;

  @Field(() => StringFilter, {
    nullable: true,
    description: 'Who did it; a caller who sees pseudonyms filters by pseudonym, with eq and in.',
  })
  userId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "The actor's role." })
  userRole?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "The actor's department." })
  userDepartment?: StringFilter | null;

  @Field(() => [ActorKind], { nullable: true, description: 'One of these kinds of actor.' })
  actorKind?: Actor[] | null;

  @Field(() => StringFilter, { nullable: true, description: 'What it was done to.' })
  resourceId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'What kind of thing that is.' })
  resourceType?: StringFilter | null;

  @Field(() => [Outcome], { nullable: true, description: 'One of these outcomes.' })
  outcome?: Result[] | null;

  @Field(() => [Sensitivity], { nullable: true, description: 'One of these sensitivities.' })
  sensitivity?: Level[] | null;

  @Field(() => StringFilter, { nullable: true, description: 'For example PROD.' })
  environment?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'For example eu-central-1.' })
  region?: StringFilter | null;

  @Field(() => StringFilter, {
    nullable: true,
    description:
      'The system that reported it; naming `trailgate` with eq or in shows what people did in the gateway itself.',
  })
  source?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Where it came from, as text.' })
  sourceIp?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "The producer's session." })
  sessionId?: StringFilter | null;

  @Field(() => [MetadataFilter], { nullable: true, description: 'All of these must hold.' })
  metadata?: MetadataFilter[] | null;

  @Field(() => [AuditEventFilter], { nullable: true, description: 'All of these must hold.' })
  and?: AuditEventFilter[] | null;

  @Field(() => [AuditEventFilter], { nullable: true, description: 'At least one of these must hold.' })
  or?: AuditEventFilter[] | null;

  @Field(() => AuditEventFilter, { nullable: true, description: 'This must not hold.' })
  not?: AuditEventFilter | null;
}

@InputType({ description: 'All that is given must hold.' })
export class UserActivityFilter {
  @Field(() => StringFilter, { nullable: true, description: 'The user.' })
  userId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'The kind of activity.' })
  activityType?: StringFilter | null;

  @Field(() => TimeRange, { nullable: true, description: 'When the latest event happened.' })
  lastActivityAt?: TimeRange | null;
}

@InputType({ description: 'All that is given must hold.' })
export class IngestErrorFilter {
  @Field(() => [IngestErrorStage], { nullable: true, description: 'One of these stages.' })
  stage?: string[] | null;

  @Field(() => StringFilter, { nullable: true, description: 'For example INVALID_EVENT.' })
  code?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "The event's id, where it had one." })
  eventId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'The key that sent it.' })
  ingestedBy?: StringFilter | null;

  @Field(() => [IngestErrorStatus], { nullable: true, description: 'One of these statuses.' })
  status?: string[] | null;

  @Field(() => TimeRange, { nullable: true, description: 'When it went wrong.' })
  occurredAt?: TimeRange | null;
}
