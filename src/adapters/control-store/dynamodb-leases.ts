import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../ports/clock.ts';
import type { ControlStore, Lease } from '../../ports/control-store.ts';
import { isRefused } from './dynamodb-errors.ts';
import { type LeaseState, nextLease } from './lease-state.ts';
import { checkDuration, checkLease } from './limits.ts';

interface LeaseTable {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
  readonly marginMs: number;
}

const LEASES = 'lease';
/** Times that another may change a lease between our look and our write. */
const ATTEMPTS = 5;

/**
 * A lease is an item that stays when it is given back, as its token must grow. It is changed only from the very state
 * that was seen. Expiry is judged by the clock of whoever looks, `marginMs` late: clocks that differ by less never give
 * it to two at once, and a holder stops at `expiresAt` by its own. Where clocks differ by more, the token tells.
 */
export function dynamodbLeases({ client, tableName, clock, marginMs }: LeaseTable) {
  const keyOf = (name: string) => ({ pk: { S: LEASES }, sk: { S: name } });

  const look = async (name: string): Promise<LeaseState | null> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: tableName, Key: keyOf(name), ConsistentRead: true }),
    );
    return Item
      ? { holder: Item.holder?.S ?? null, token: Number(Item.token?.N), expiresAt: Number(Item.expiresAt?.N) }
      : null;
  };

  const change = async (name: string, from: LeaseState | null, to: LeaseState & { holder: string }): Promise<void> => {
    const Item = { ...keyOf(name), holder: { S: to.holder }, token: number(to.token), expiresAt: number(to.expiresAt) };
    await client.send(new PutItemCommand({ TableName: tableName, Item, ...onlyFrom(from) }));
  };

  return {
    lease: async (name, holder, ttlMs): Promise<Lease | null> => {
      checkLease(name, holder);
      checkDuration(ttlMs);
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        // The clock is read before the request: what it takes is time that the holder does not have.
        const now = clock.now();
        const found = await look(name);
        const next = nextLease(found, { holder, ttlMs, now, marginMs });
        if (!next) return null;
        try {
          await change(name, found, next);
          return { name, ...next };
        } catch (cause) {
          if (!isRefused(cause)) throw cause;
        }
      }
      return null;
    },
    release: async (name, holder) => {
      checkLease(name, holder);
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: keyOf(name),
            UpdateExpression: 'remove #holder',
            ConditionExpression: '#holder = :holder',
            ExpressionAttributeNames: { '#holder': 'holder' },
            ExpressionAttributeValues: { ':holder': { S: holder } },
          }),
        );
      } catch (cause) {
        if (!isRefused(cause)) throw cause;
      }
    },
  } satisfies Pick<ControlStore, 'lease' | 'release'>;
}

const number = (value: number): AttributeValue => ({ N: String(value) });

function onlyFrom(state: LeaseState | null): Partial<PutItemCommandInput> {
  if (!state) return { ConditionExpression: 'attribute_not_exists(pk)' };
  const unchanged = '#token = :token and #expiresAt = :expiresAt';
  const values = { ':token': number(state.token), ':expiresAt': number(state.expiresAt) };
  return {
    ConditionExpression: `${unchanged} and ${state.holder === null ? 'attribute_not_exists(#holder)' : '#holder = :holder'}`,
    ExpressionAttributeNames: { '#holder': 'holder', '#token': 'token', '#expiresAt': 'expiresAt' },
    ExpressionAttributeValues: state.holder === null ? values : { ...values, ':holder': { S: state.holder } },
  };
}
