import { Field, ObjectType } from 'type-graphql';
import { ErrorCode, IngestErrorStage, IngestErrorStatus } from './enums.ts';
import { Node } from './node.ts';
import { connectionTypes } from './page.ts';
import { DateTime, JSONObject } from './scalars.ts';

@ObjectType({
  implements: Node,
  description:
    'A dead letter: a rejected event, one that conflicts with an earlier one, or one that a later stage could not take.',
  simpleResolvers: true,
})
export class IngestError extends Node {
  @Field(() => String, { description: 'Its name, for resolveIngestErrors.' })
  errorId!: string;

  @Field(() => DateTime, { description: 'When it went wrong.' })
  occurredAt!: number;

  @Field(() => IngestErrorStage, { description: 'Where it went wrong.' })
  stage!: string;

  @Field(() => String, { description: 'For example INVALID_EVENT, CONFLICT.' })
  code!: string;

  @Field(() => String, { description: 'What is wrong and what to do.' })
  message!: string;

  @Field(() => String, { nullable: true, description: "The event's id, where it had one." })
  eventId!: string | null;

  @Field(() => String, { nullable: true, description: 'The source that the event named.' })
  source!: string | null;

  @Field(() => String, { nullable: true, description: 'The API key that sent it.' })
  ingestedBy!: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'The event as it came; AUDITOR only. Null where it was no object or longer than 16 KiB; such an error can only be discarded.',
  })
  document!: string | null;

  @Field(() => IngestErrorStatus, { description: 'What became of it.' })
  status!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was replayed or discarded.' })
  resolvedAt!: number | null;

  @Field(() => String, { nullable: true, description: 'By whom.' })
  resolvedBy!: string | null;
}

export const { EdgeType: IngestErrorEdge, ConnectionType: IngestErrorPage } = connectionTypes(
  IngestError,
  'IngestError',
);

@ObjectType({ description: 'A page of dead letters, newest first.', simpleResolvers: true })
export class IngestErrorConnection extends IngestErrorPage {}

@ObjectType({ description: 'What a bulk mutation could not do.', simpleResolvers: true })
export class ItemRejection {
  @Field(() => String, { description: 'Which of the items.' })
  itemId!: string;

  @Field(() => ErrorCode, { description: 'Why, for machines.' })
  code!: string;

  @Field(() => String, { description: 'Why, and what to do.' })
  message!: string;
}

@ObjectType({ description: 'What became of the dead letters.', simpleResolvers: true })
export class IngestErrorsPayload {
  @Field(() => [IngestError], { description: 'Those that were resolved, as they are now.' })
  errors!: IngestError[];

  @Field(() => [ItemRejection], { description: 'Those that were not, and why.' })
  rejections!: ItemRejection[];
}
