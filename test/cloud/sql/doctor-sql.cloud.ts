import { snowflakeQuestions } from '../../../src/adapters/warehouse/snowflake-questions.ts';
import { SNOWFLAKE_NAMES } from '../../rigs/snowflake/names.ts';
import { askPython, type Fault } from './python.ts';

test('what doctor asks of Snowflake is of its grammar', async () => {
  const questions = Object.entries(snowflakeQuestions(SNOWFLAKE_NAMES));
  const statements = questions.map(([name, { sql }]) => ({ name, sql }));
  expect(await askPython<Fault[]>({ check: 'grammar', statements })).toEqual([]);
  expect(statements.length).toBeGreaterThanOrEqual(10);
}, 120_000);

test('and a slip of the pen would be noticed', async () => {
  const statements = [{ name: 'planted', sql: "show streams lik 'X' in schema a.b" }];
  expect(await askPython<Fault[]>({ check: 'grammar', statements })).not.toEqual([]);
}, 120_000);
