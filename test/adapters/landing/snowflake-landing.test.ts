import { createSnowflakeLanding } from '../../../src/adapters/landing/snowflake-landing.ts';
import type { StageLines } from '../../../src/ports/landing.ts';
import type { Query, SqlFile, SqlRow, Warehouse, Writer } from '../../../src/ports/warehouse.ts';

const stage: SqlFile = {
  name: 'stage.sql',
  text: '',
  statements: ['insert overwrite into stg_landed', 'insert overwrite into stg_lines'].map((sql) => () => ({ sql })),
};

/** Snowflake's answers, in the order that they are asked for, and what it was asked. */
function snowflakeAnswering(...answers: readonly (readonly SqlRow[])[]) {
  const asked: string[] = [];
  let place = 0;
  const writer = {
    all: async (query: Query) => {
      asked.push(query.sql);
      place += 1;
      return answers[place - 1] ?? [];
    },
    run: async (query: Query) => {
      asked.push(query.sql);
      return 0;
    },
  } as unknown as Writer;
  const warehouse = {
    write: (_urgency: string, work: (writer: Writer) => Promise<unknown>) => work(writer),
  } as unknown as Warehouse;
  return { asked, writer, landing: createSnowflakeLanding({ warehouse, sql: stage, landingSchema: 'LANDING' }) };
}

const neverHere: StageLines = () => Promise.reject(new Error('lines must not pass through this process'));

describe('what Snowpipe has landed', () => {
  test('is nothing while its stream is empty, which is asked without compute', async () => {
    const { landing, asked } = snowflakeAnswering([{ has_data: false }]);
    expect(await landing.next()).toBeNull();
    expect(asked).toEqual([`select system$stream_has_data('LANDING.landed_lines_for_load') as has_data`]);
  });

  test('is nothing where the stream has moved without rows', async () => {
    expect(await snowflakeAnswering([{ has_data: true }], []).landing.next()).toBeNull();
  });

  test('is one chunk of all that there is, which cannot be parted', async () => {
    const files = [
      { file_name: 'events/a.ndjson.gz', bytes: 10 },
      { file_name: 'events/b.ndjson.gz', bytes: 5 },
    ];
    const chunk = await snowflakeAnswering([{ has_data: true }], files).landing.next();
    expect(chunk).toMatchObject({ files: ['events/a.ndjson.gz', 'events/b.ndjson.gz'], bytes: 15, last: true });
    expect(chunk?.before('events/b.ndjson.gz')).toBeNull();
  });

  test('is taken by statements of the transaction it is loaded in', async () => {
    const { landing, asked, writer } = snowflakeAnswering([{ has_data: true }], [{ file_name: 'f', bytes: 1 }]);
    const chunk = await landing.next();
    asked.length = 0;
    expect(await chunk?.stage(writer, neverHere)).toEqual([]);
    expect(asked.slice(0, 2)).toEqual(['insert overwrite into stg_landed', 'insert overwrite into stg_lines']);
  });

  test('tells its unreadable lines, cut to what is kept, and of very many how many more there are', async () => {
    const row = (file_name: string, n: number, text = 'x', is_ours = false) => ({
      file_name,
      file_row_number: 7,
      fault: 'it has no kind',
      text,
      is_ours,
      n,
    });
    const { landing, writer } = snowflakeAnswering(
      [{ has_data: true }],
      [{ file_name: 'a', bytes: 1 }],
      [row('a', 2, 'ä'.repeat(16 * 1024)), row('a', 250, '{"v":', true), row('b', 250), row('b', 250)],
    );
    const unreadable = await (await landing.next())?.stage(writer, neverHere);
    expect(unreadable?.map(({ file, row: at, why }) => [file, at, why])).toEqual([
      ['a', 7, 'it has no kind'],
      ['a', 7, 'it has no kind'],
      ['b', 7, 'it has no kind'],
      ['b', 7, 'it has no kind (and 150 more lines of this file)'],
    ]);
    expect(Buffer.byteLength(unreadable?.[0]?.text ?? '')).toBe(16 * 1024);
  });
});
