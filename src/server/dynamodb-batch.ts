import { AppError } from '../domain/errors.ts';
import { tableOf } from '../ingest/dynamodb-record.ts';

/** What Lambda hands over for an event source mapping of a DynamoDB stream. */
export interface StreamBatch {
  readonly Records: readonly unknown[];
}

/** @throws AppError BAD_USER_INPUT for what is no batch. */
export function recordsOf(batch: StreamBatch): readonly unknown[] {
  const records: unknown = (batch as Partial<StreamBatch> | null)?.Records;
  if (Array.isArray(records)) return records;
  throw new AppError(
    'BAD_USER_INPUT',
    'The event has no Records. This function takes batches of a DynamoDB stream: make it the target of an event source mapping.',
  );
}

/** A batch is of one stream, and a stream of one table. */
export const tableNameOf = (records: readonly unknown[]): string =>
  tableOf(records.map((record) => textOf(field(record, 'eventSourceARN'))).find((arn) => arn !== null) ?? null);

/** Lambda takes an empty one for all of the batch. */
export const sequenceOf = (record: unknown): string => textOf(field(field(record, 'dynamodb'), 'SequenceNumber')) ?? '';

/** What whoever reads the log should know of how the stream is set up. */
export function viewTypeNotes(records: readonly unknown[]): readonly string[] {
  const views = new Set(records.map((record) => textOf(field(field(record, 'dynamodb'), 'StreamViewType'))));
  return [...views]
    .filter((view) => view !== null && view !== 'NEW_AND_OLD_IMAGES')
    .map((view) => `The view type of the stream is ${view}, so that images are missing; set NEW_AND_OLD_IMAGES.`);
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
