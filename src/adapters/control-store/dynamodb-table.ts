import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { translateDynamodbError } from './dynamodb-errors.ts';

/** The keys of the one table; whoever makes it makes it so. */
export const CONTROL_TABLE_KEYS = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
} as const;

export interface ControlTable {
  /** DynamoDB's word: ACTIVE, CREATING, UPDATING, DELETING, ARCHIVED. */
  readonly status: string;
  /** What keeps the table from being used, for the people who made it; none when it can be. */
  readonly problems: readonly string[];
}

/**
 * What `doctor` asks.
 * @throws AppError WAREHOUSE_UNAVAILABLE when there is none, or it may not be asked.
 */
export async function describeTable(client: DynamoDBClient, tableName: string): Promise<ControlTable> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    const status = Table?.TableStatus ?? 'unknown';
    const problems: string[] = [];
    if (status !== 'ACTIVE' && status !== 'UPDATING') problems.push(`The table ${tableName} is ${status}.`);
    const described = (schema: readonly { AttributeName?: string | undefined; KeyType?: string | undefined }[]) =>
      schema
        .map(({ AttributeName = '', KeyType = '' }) => {
          const type = Table?.AttributeDefinitions?.find((defined) => defined.AttributeName === AttributeName);
          return `${AttributeName} (${KeyType}, ${type?.AttributeType ?? 'S'})`;
        })
        .join(' and ');
    const [found, wanted] = [described(Table?.KeySchema ?? []), 'pk (HASH, S) and sk (RANGE, S)'];
    if (found !== wanted) problems.push(`The table ${tableName} has the keys ${found}; it needs ${wanted}.`);
    return { status, problems };
  } catch (cause) {
    throw translateDynamodbError(cause, tableName);
  }
}
