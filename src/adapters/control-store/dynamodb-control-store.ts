import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { type Clock, systemClock } from '../../ports/clock.ts';
import type { ControlDocument, ControlStore } from '../../ports/control-store.ts';
import { conflict } from './conflict.ts';
import { isRefused, translateDynamodbError, wasSentAgain } from './dynamodb-errors.ts';
import { dynamodbLeases } from './dynamodb-leases.ts';
import { checkDocument, checkKey, checkListing } from './limits.ts';

export interface DynamodbControlOptions {
  /** Ended by `close`. */
  readonly client: DynamoDBClient;
  /** Made beforehand, with `CONTROL_TABLE_KEYS`. */
  readonly tableName: string;
  readonly clock?: Clock;
  /** By how much the clocks of nodes may differ. */
  readonly clockMarginMs?: number;
}

/** Machines that keep time by NTP differ by less. */
const CLOCK_MARGIN_MS = 2_000;

type Item = Record<string, AttributeValue>;

/**
 * One table: `pk` is the kind (or that of leases), `sk` the id, which DynamoDB keeps in the order of its UTF-8 bytes. A
 * write bears a random mark: when an answer is lost and the SDK writes again, the refusal is known for its own success.
 */
export function createDynamodbControlStore(options: DynamodbControlOptions): ControlStore {
  const { client, tableName, clock = systemClock, clockMarginMs: marginMs = CLOCK_MARGIN_MS } = options;
  const translating = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw translateDynamodbError(cause, tableName);
    }
  };
  const read = async (kind: string, id: string): Promise<Item | undefined> =>
    (await client.send(new GetItemCommand({ TableName: tableName, Key: keyOf(kind, id), ConsistentRead: true }))).Item;
  const { lease, release } = dynamodbLeases({ client, tableName, clock, marginMs });

  return {
    get: (kind, id) =>
      translating(async () => {
        checkKey(kind, id);
        const item = await read(kind, id);
        return item ? documentOf(kind, item) : null;
      }),
    list: (kind, { after = '', limit = 100 } = {}) =>
      translating(async () => {
        checkListing(kind, after);
        const found: ControlDocument[] = [];
        for (let last = after; found.length < limit; ) {
          const page = await client.send(
            new QueryCommand({
              TableName: tableName,
              ConsistentRead: true,
              Limit: limit - found.length,
              KeyConditionExpression: last === '' ? 'pk = :pk' : 'pk = :pk and sk > :after',
              ExpressionAttributeValues: {
                ':pk': { S: partitionOf(kind) },
                ...(last !== '' && { ':after': { S: last } }),
              },
            }),
          );
          found.push(...(page.Items ?? []).map((item) => documentOf(kind, item)));
          // An answer ends at 1 MiB too.
          if (!page.LastEvaluatedKey?.sk?.S) break;
          last = page.LastEvaluatedKey.sk.S;
        }
        return found;
      }),
    put: ({ kind, id, body }, expected) =>
      translating(async () => {
        checkDocument({ kind, id, body });
        const version = expected + 1;
        const mark = randomUUID();
        try {
          await client.send(
            new PutItemCommand({
              TableName: tableName,
              Item: { ...keyOf(kind, id), version: { N: String(version) }, body: { S: body }, mark: { S: mark } },
              ...(expected === 0 ? { ConditionExpression: 'attribute_not_exists(pk)' } : atVersion(expected)),
            }),
          );
        } catch (cause) {
          if (!isRefused(cause)) throw cause;
          const isOwn = wasSentAgain(cause) && (await read(kind, id))?.mark?.S === mark;
          if (!isOwn) throw conflict(kind, id, expected);
        }
        return { kind, id, version, body };
      }),
    remove: (kind, id, expected) =>
      translating(async () => {
        checkKey(kind, id);
        try {
          await client.send(
            new DeleteItemCommand({ TableName: tableName, Key: keyOf(kind, id), ...atVersion(expected) }),
          );
        } catch (cause) {
          if (!isRefused(cause)) throw cause;
          const isGone = wasSentAgain(cause) && !(await read(kind, id));
          if (!isGone) throw conflict(kind, id, expected);
        }
      }),
    lease: (name, holder, ttlMs) => translating(() => lease(name, holder, ttlMs)),
    release: (name, holder) => translating(() => release(name, holder)),
    close: async () => client.destroy(),
  };
}

/** No kind of documents reads as the leases. */
const partitionOf = (kind: string): string => `document/${kind}`;
const keyOf = (kind: string, id: string): Item => ({ pk: { S: partitionOf(kind) }, sk: { S: id } });

const atVersion = (expected: number) => ({
  ConditionExpression: '#version = :expected',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':expected': { N: String(expected) } },
});

const documentOf = (kind: string, { sk, version, body }: Item): ControlDocument => ({
  kind,
  id: sk?.S as string,
  version: Number(version?.N),
  body: body?.S as string,
});
