import { Field, Int, ObjectType } from 'type-graphql';
import { Role } from './enums.ts';

@ObjectType({
  description:
    'Which rows: null is all, an empty list none. An event that lacks the value is seen only where this is null.',
  simpleResolvers: true,
})
export class RowScope {
  @Field(() => [String], { nullable: true, description: 'Departments of the actor.' })
  departments!: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: 'Environments.' })
  environments!: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: 'Regions.' })
  regions!: readonly string[] | null;
}

@ObjectType({ description: 'Who is asking.', simpleResolvers: true })
export class Viewer {
  @Field(() => String, { description: "The key's name, or the person's." })
  subject!: string;

  @Field(() => [Role], { description: 'What the caller may do.' })
  roles!: readonly string[];

  @Field(() => RowScope, { description: 'Which rows the caller sees.' })
  scope!: RowScope;

  @Field(() => [String], { description: 'Root fields this caller may use, for example Mutation.resolveIngestErrors.' })
  operations!: readonly string[];
}

@ObjectType({ description: 'What holds for this caller, so that a client need not guess.', simpleResolvers: true })
export class Settings {
  @Field(() => Int, { description: 'Rows of a page when neither first nor last is given.' })
  defaultPageSize!: number;

  @Field(() => Int, { description: 'The largest first or last.' })
  maxPageSize!: number;

  @Field(() => Int, { description: 'Events in one ingestEvents.' })
  maxEventsPerRequest!: number;

  @Field(() => Int, { description: 'Bytes of one event, as JSON in UTF-8.' })
  maxEventBytes!: number;

  @Field(() => Int, { description: 'Bytes of one HTTP request.' })
  maxRequestBytes!: number;

  @Field(() => Int, { description: 'Conditions in one filter.' })
  maxFilterConditions!: number;

  @Field(() => Int, { description: 'Dimensions and metadata paths of auditEventGroups, together.' })
  maxGroupBy!: number;

  @Field(() => Int, { description: 'Milliseconds after which a query is cancelled.' })
  queryTimeoutMs!: number;

  @Field(() => [String], {
    description: 'For example AuditEvent.sourceIp. Single rows may hide more: AuditEvent.maskedFields.',
  })
  maskedFields!: readonly string[];
}
