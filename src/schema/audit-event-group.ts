import { Field, InputType, ObjectType } from 'type-graphql';
import { ActorKind, AuditEventGroupOrderField, Outcome, Sensitivity, SortDirection } from './enums.ts';
import { connectionTypes } from './page.ts';
import { DateTime, SafeInt } from './scalars.ts';

@ObjectType({
  description: 'What the events of a group have in common; null where it was not grouped by, or is absent.',
  simpleResolvers: true,
})
export class AuditEventDimensions {
  @Field(() => String, { nullable: true, description: 'With EVENT_TYPE.' })
  eventType!: string | null;

  @Field(() => String, { nullable: true, description: 'With ACTIVITY_TYPE.' })
  activityType!: string | null;

  @Field(() => String, { nullable: true, description: 'With ACTION.' })
  action!: string | null;

  @Field(() => String, { nullable: true, description: 'With USER_ID.' })
  userId!: string | null;

  @Field(() => String, { nullable: true, description: 'With USER_ROLE.' })
  userRole!: string | null;

  @Field(() => String, { nullable: true, description: 'With USER_DEPARTMENT.' })
  userDepartment!: string | null;

  @Field(() => ActorKind, { nullable: true, description: 'With ACTOR_KIND.' })
  actorKind!: string | null;

  @Field(() => String, { nullable: true, description: 'With RESOURCE_ID.' })
  resourceId!: string | null;

  @Field(() => String, { nullable: true, description: 'With RESOURCE_TYPE.' })
  resourceType!: string | null;

  @Field(() => Outcome, { nullable: true, description: 'With OUTCOME.' })
  outcome!: string | null;

  @Field(() => Sensitivity, { nullable: true, description: 'With SENSITIVITY.' })
  sensitivity!: string | null;

  @Field(() => String, { nullable: true, description: 'With ENVIRONMENT.' })
  environment!: string | null;

  @Field(() => String, { nullable: true, description: 'With REGION.' })
  region!: string | null;

  @Field(() => String, { nullable: true, description: 'With SOURCE.' })
  source!: string | null;

  @Field(() => String, { nullable: true, description: 'With SOURCE_IP.' })
  sourceIp!: string | null;

  @Field(() => [String], { nullable: 'items', description: 'Values at the paths of groupByMetadata, in its order.' })
  metadata!: (string | null)[];
}

@ObjectType({
  description: 'Only groups that have events. VIEWER is not shown groups of fewer than five users.',
  simpleResolvers: true,
})
export class AuditEventGroup {
  @Field(() => DateTime, {
    nullable: true,
    description: 'Start of the time bucket; null when no interval was asked for.',
  })
  bucket!: number | null;

  @Field(() => AuditEventDimensions, { description: 'What the events have in common.' })
  dimensions!: AuditEventDimensions;

  @Field(() => SafeInt, { description: 'Events.' })
  count!: number;

  @Field(() => SafeInt, { description: 'Distinct users. May be approximate above 10,000, off by a few per cent.' })
  uniqueUsers!: number;

  @Field(() => SafeInt, { description: 'Distinct resources (type and id). As uniqueUsers.' })
  uniqueResources!: number;

  @Field(() => SafeInt, { description: 'FAILURE or DENIED.' })
  failureCount!: number;

  @Field(() => DateTime, { description: 'The earliest event.' })
  firstAt!: number;

  @Field(() => DateTime, { description: 'The latest event.' })
  lastAt!: number;
}

export const { EdgeType: AuditEventGroupEdge, ConnectionType: AuditEventGroupPage } = connectionTypes(
  AuditEventGroup,
  'AuditEventGroup',
);

@ObjectType({ description: 'A page of groups, of one moment.', simpleResolvers: true })
export class AuditEventGroupConnection extends AuditEventGroupPage {
  @Field(() => DateTime, { description: 'Everything received before this moment is in the answer.' })
  dataAsOf!: number;
}

@InputType({ description: 'What groups are ordered by.' })
export class AuditEventGroupOrder {
  @Field(() => AuditEventGroupOrderField, { description: 'By what.' })
  field!: 'BUCKET' | 'COUNT' | 'FAILURE_COUNT' | 'UNIQUE_USERS';

  @Field(() => SortDirection, { description: 'Which end first.' })
  direction!: 'ASC' | 'DESC';
}
