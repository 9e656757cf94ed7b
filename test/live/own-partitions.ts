import { type AttributeValue, DeleteItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;
interface Input {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ExpressionAttributeValues?: Item;
}

/**
 * Puts something before every partition key that a client sends, so that each test has a table of its own within one. What
 * is tested is untouched by it: it never reads a partition key back.
 */
export function withinPartitions(client: DynamoDBClient, before: string, seen: Set<string>): DynamoDBClient {
  const moved = (item: Item | undefined, name: string): Item | undefined => {
    const partition = item?.[name]?.S;
    if (partition === undefined) return item;
    seen.add(`${before}${partition}`);
    return { ...item, [name]: { S: `${before}${partition}` } };
  };
  client.middlewareStack.add(
    (next) => (args) => {
      const input = args.input as Input;
      const places = {
        ...(input.Key && { Key: moved(input.Key, 'pk') }),
        ...(input.Item && { Item: moved(input.Item, 'pk') }),
        ...(input.ExpressionAttributeValues && {
          ExpressionAttributeValues: moved(input.ExpressionAttributeValues, ':pk'),
        }),
      };
      return next({ ...args, input: { ...args.input, ...places } as typeof args.input });
    },
    { step: 'initialize', name: 'ownPartitions' },
  );
  return client;
}

/** Removes every item of these partitions, by a client that puts nothing before. */
export async function clearPartitions(
  client: DynamoDBClient,
  TableName: string,
  partitions: Iterable<string>,
): Promise<void> {
  for (const partition of partitions) {
    let after: Item | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: partition } },
          ProjectionExpression: 'pk, sk',
          ExclusiveStartKey: after,
        }),
      );
      for (const { pk, sk } of page.Items ?? []) {
        await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } as Item }));
      }
      after = page.LastEvaluatedKey;
    } while (after);
  }
}
