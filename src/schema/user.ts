import { Field, InputType, ObjectType } from 'type-graphql';
import { SortDirection, UserActivityOrderField } from './enums.ts';
import { Node } from './node.ts';
import { connectionTypes } from './page.ts';
import { DateTime, SafeInt } from './scalars.ts';

@ObjectType({ description: 'One user and activity type, over every event that is kept.', simpleResolvers: true })
export class UserActivity {
  @Field(() => String, { description: 'The user; a pseudonym for callers who see it masked.' })
  userId!: string;

  @Field(() => String, { description: 'The kind of activity.' })
  activityType!: string;

  @Field(() => SafeInt, { description: 'Events.' })
  eventCount!: number;

  @Field(() => DateTime, { description: 'The earliest event.' })
  firstActivityAt!: number;

  @Field(() => DateTime, { description: 'The latest event.' })
  lastActivityAt!: number;

  @Field(() => SafeInt, { description: 'Distinct resources (type and id).' })
  resourceAccessCount!: number;

  @Field(() => SafeInt, {
    description:
      'Sessions that contain this activity. Only people have sessions; a new one begins after 30 minutes without an event.',
  })
  sessionCount!: number;

  @Field(() => Number, {
    nullable: true,
    description: 'Mean length of those sessions in minutes, a single event counting as 0; null without sessions.',
  })
  avgSessionMinutes!: number | null;
}

@ObjectType({ implements: Node, description: 'Somebody or something that acts.' })
export class User extends Node {
  @Field(() => String, {
    description: 'The name that producers use; a pseudonym for callers who see it masked.',
    simple: true,
  })
  userId!: string;

  @Field(() => String, { nullable: true, description: 'As in the latest event.', simple: true })
  role!: string | null;

  @Field(() => String, { nullable: true, description: 'As in the latest event.', simple: true })
  department!: string | null;
}

export const { EdgeType: UserActivityEdge, ConnectionType: UserActivityPage } = connectionTypes(
  UserActivity,
  'UserActivity',
);

@ObjectType({ description: 'A page of user activity.', simpleResolvers: true })
export class UserActivityConnection extends UserActivityPage {
  @Field(() => DateTime, { description: 'Everything received before this moment is in the answer.' })
  dataAsOf!: number;
}

@InputType({ description: 'What user activity is ordered by.' })
export class UserActivityOrder {
  @Field(() => UserActivityOrderField, { description: 'By what.' })
  field!: 'LAST_ACTIVITY_AT' | 'EVENT_COUNT' | 'USER_ID';

  @Field(() => SortDirection, { description: 'Which end first.' })
  direction!: 'ASC' | 'DESC';
}
