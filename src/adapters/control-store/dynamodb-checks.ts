import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { about, type Checkup } from '../../ports/checkup.ts';
import { translateDynamodbError } from './dynamodb-errors.ts';
import { describeTable } from './dynamodb-table.ts';

export interface DynamodbNeeds {
  /** Ended by `close`. */
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

/** The table of settings and leases: whether it is there, fits and may be read. Writes nothing. */
export const dynamodbChecks = ({ client, tableName }: DynamodbNeeds): Checkup => ({
  checks: [
    {
      subject: 'control table',
      run: async () => {
        const { ok, fail } = about('control table');
        const { status, problems } = await describeTable(client, tableName);
        return problems.length === 0
          ? [ok(`${tableName} is ${status}`)]
          : problems.map((problem) => fail(`${problem} ${REMEDY}`));
      },
    },
    {
      subject: 'control reading',
      run: async (abortSignal) => {
        const question = new GetItemCommand({
          TableName: tableName,
          Key: { pk: { S: 'lease' }, sk: { S: 'doctor' } },
          ConsistentRead: true,
        });
        await client.send(question, { abortSignal }).catch((error: unknown) => {
          throw translateDynamodbError(error, tableName);
        });
        return [about('control reading').ok('is allowed')];
      },
    },
  ],
  close: async () => client.destroy(),
});

const REMEDY = 'Wait until it is ACTIVE, or make one as infra/ does and name it by TRAILGATE_CONTROL_TABLE.';
