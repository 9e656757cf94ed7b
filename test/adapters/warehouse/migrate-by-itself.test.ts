import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckdbWarehouse } from '../../../src/adapters/warehouse/duckdb-warehouse.ts';
import { migrate } from '../../../src/adapters/warehouse/migrate.ts';
import type { SqlFile, Warehouse } from '../../../src/ports/warehouse.ts';

/** A migration as it runs where making a table ends the transaction. */
describe('a migration whose tables commit by themselves', () => {
  let directory: string;
  let warehouse: Warehouse;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailgate-migrate-'));
    warehouse = await createDuckdbWarehouse({
      path: join(directory, 'w.duckdb'),
      temporaryDirectory: directory,
      threads: 1,
      memoryLimitMiB: 256,
      readers: 1,
      prelude: [],
    });
    await warehouse.write('migrations', (writer) =>
      writer.run({ sql: 'create type if not exists timestamp_ntz as timestamp' }),
    );
  });
  afterEach(async () => {
    await warehouse.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const file = (name: string, ...statements: string[]): SqlFile => ({
    name,
    text: name,
    statements: statements.map((sql) => () => ({ sql })),
  });
  const run = (...files: SqlFile[]) => migrate(warehouse, files, { now: () => 0, ddlCommits: true });
  const rows = (sql: string) => warehouse.read({ timeoutMs: 10_000 }, (reader) => reader.all({ sql }));

  const TABLE = 'create table if not exists places (name varchar not null)';
  const ROW = `insert into places values ('here')`;

  test('that fails half-way leaves no row and no record, and runs again from its beginning', async () => {
    await expect(run(file('0001', TABLE, ROW, 'create table if not exists more (a no_such_type)'))).rejects.toThrow();
    expect(await rows('select * from places')).toEqual([]);
    expect(await rows('select name from schema_migrations')).toEqual([]);
    expect((await run(file('0001', TABLE, ROW, 'create table if not exists more (a bigint)'))).applied).toEqual([
      '0001',
    ]);
    expect(await rows('select * from places')).toEqual([{ name: 'here' }]);
  });

  test('records each file together with its rows', async () => {
    await expect(
      run(file('0001', TABLE, ROW), file('0002', ROW, 'insert into no_such_table values (1)')),
    ).rejects.toThrow();
    expect(await rows('select name from schema_migrations')).toEqual([{ name: '0001' }]);
    expect(await rows('select * from places')).toEqual([{ name: 'here' }]);
  });

  test('runs once', async () => {
    await run(file('0001', TABLE, ROW));
    expect((await run(file('0001', TABLE, ROW))).applied).toEqual([]);
    expect(await rows('select * from places')).toEqual([{ name: 'here' }]);
  });

  test('adds its rows once where two begin at the same time', async () => {
    const files = [file('0001', TABLE, ROW), file('0002', ROW)];
    let isOvertaken = false;
    const slow: Warehouse = {
      ...warehouse,
      // Right after it has seen what is due, somebody else does it.
      write: async (urgency, work) => {
        const answer = await warehouse.write(urgency, work);
        if (!isOvertaken && Array.isArray(answer)) {
          isOvertaken = true;
          await run(...files);
        }
        return answer;
      },
    };
    await expect(migrate(slow, files, { now: () => 0, ddlCommits: true })).rejects.toThrow(
      'Somebody else has run 0001 meanwhile',
    );
    expect(isOvertaken).toBe(true);
    expect(await rows('select * from places')).toEqual([{ name: 'here' }, { name: 'here' }]);
    expect(await rows('select name from schema_migrations order by name')).toEqual([
      { name: '0001' },
      { name: '0002' },
    ]);
  });

  test('refuses what it does not know', async () => {
    await run(file('0001', TABLE), file('0002', ROW));
    await expect(run(file('0001', TABLE))).rejects.toThrow('was made by a newer version (migration 0002)');
    await expect(run({ ...file('0001', TABLE), text: 'changed' }, file('0002', ROW))).rejects.toThrow(
      'Migration 0001 was changed after it had run',
    );
  });
});
