import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createDuckdbWarehouse } from '../../../src/adapters/warehouse/duckdb-warehouse.ts';
import { openDuckdb } from '../../../src/adapters/warehouse/open-duckdb.ts';
import { type ContractDialect, describeWarehouse } from '../../contracts/warehouse.ts';

const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'trailgate-duckdb-'));
const optionsIn = (directory: string) => ({
  path: join(directory, 'warehouse.duckdb'),
  temporaryDirectory: directory,
  threads: 1,
  memoryLimitMiB: 256,
  readers: 2,
});
const openIn = (directory: string) =>
  openDuckdb({
    ...optionsIn(directory),
    sqlDirectory: join(process.cwd(), 'sql'),
    timeZone: 'UTC',
    now: () => 0,
  });

const dialect: ContractDialect = {
  json: (expression) => `cast(${expression} as json)`,
  numbers: (count) => `select range as n from range(${count})`,
  endless: 'select count(*) as n from range(10000000000) as a(x), range(1000) as b(y) where a.x * b.y % 7 = 3',
  oneMoment: 'read',
};

describeWarehouse('DuckdbWarehouse', async () => {
  const directory = newDirectory();
  const { warehouse } = await openIn(directory);
  return {
    warehouse,
    dialect,
    remove: async () => {
      await warehouse.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
});

describe('a DuckDB file', () => {
  let directory: string;
  beforeEach(() => {
    directory = newDirectory();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('holds no temporary table behind a write, whether it was kept or rolled back', async () => {
    const { warehouse } = await openIn(directory);
    const temporary = (): Promise<unknown[]> =>
      warehouse.write('load', (writer) =>
        writer.all({ sql: 'select table_name from duckdb_tables() where temporary' }),
      );
    await warehouse.write('load', async (writer) => {
      await writer.run({ sql: 'create or replace temp table "Stg_One" as select 1 as n' });
      await writer.stageJsonLines('stg_lines', [Buffer.from('{"n":1}\n')], { n: 'bigint' });
    });
    expect(await temporary()).toEqual([]);
    const refused = warehouse.write('load', async (writer) => {
      await writer.run({ sql: 'create or replace temp table stg_two as select 1 as n' });
      throw new Error('refused');
    });
    await expect(refused).rejects.toThrow('refused');
    expect(await temporary()).toEqual([]);
    await warehouse.close();
  });

  test('is refused a second time in one process, by whatever path, until it is closed', async () => {
    const { warehouse } = await openIn(directory);
    const otherPath = relative(process.cwd(), join(directory, 'warehouse.duckdb'));
    await expect(createDuckdbWarehouse({ ...optionsIn(directory), path: otherPath, prelude: [] })).rejects.toThrow(
      'is open in this process already',
    );
    await warehouse.close();
    await warehouse.close();
    const again = await openIn(directory);
    expect(again.migrations.applied).toEqual([]);
    await again.warehouse.close();
  });

  test('can be opened after an opening that failed', async () => {
    const failing = { ...optionsIn(directory), prelude: ['select no_such_column'] };
    await expect(createDuckdbWarehouse(failing)).rejects.toThrow('no_such_column');
    const { warehouse } = await openIn(directory);
    await warehouse.close();
  });

  test('holds after closing what was committed, and nothing of staging', async () => {
    const first = await openIn(directory);
    await first.warehouse.write('load', async (writer) => {
      await writer.stageJsonLines('stg_contract', [Buffer.from('{"a":1}\n')], { a: 'bigint' });
      await writer.run({ sql: `insert into mart_settings select 'a', a from stg_contract`, parameters: [] });
    });
    await first.warehouse.close();
    expect(readdirSync(directory)).toEqual(['warehouse.duckdb']);
    const { warehouse } = await openIn(directory);
    const rows = await warehouse.read({ timeoutMs: 10_000 }, (reader) =>
      reader.all({ sql: 'select * from mart_settings', parameters: [] }),
    );
    expect(rows).toEqual([{ name: 'a', setting: '1' }]);
    await warehouse.close();
  });

  test('gives JSON as it was written, and streams a result that has no end', async () => {
    const { warehouse } = await openIn(directory);
    const found = await warehouse.read({ timeoutMs: 20_000 }, async (reader) => {
      for await (const rows of reader.stream<{ n: number }>({ sql: 'select range as n from range(100000000000)' })) {
        if ((rows[0]?.n ?? 0) > 100_000) break;
      }
      return reader.all({ sql: `select cast('{"b":1.0,"a":[1e3]}' as json) as j` });
    });
    expect(found).toEqual([{ j: '{"b":1.0,"a":[1e3]}' }]);
    const staged = await warehouse.write('load', async (writer) => {
      await writer.stageJsonLines('stg_contract', [Buffer.from('{"m":{"x":[1.0]}}\n')], { m: 'json' });
      return writer.all({ sql: 'select m as j from stg_contract' });
    });
    expect(staged).toEqual([{ j: '{"x":[1.0]}' }]);
    await warehouse.close();
  });

  test('waits for its readers when it is closed', async () => {
    const { warehouse } = await openIn(directory);
    const answer = warehouse.read({ timeoutMs: 20_000 }, async (reader) => {
      await reader.all({ sql: 'select 1', parameters: [] });
      return reader.all({ sql: 'select count(*) as n from range(3000000)', parameters: [] });
    });
    await warehouse.close();
    expect(await answer).toEqual([{ n: 3_000_000 }]);
  });
});
