import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdb } from '../../../src/adapters/warehouse/open-duckdb.ts';
import type { SqlRow } from '../../../src/ports/warehouse.ts';

describe('migrations', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trailgate-migrate-'));
    cpSync(join(process.cwd(), 'sql'), join(directory, 'sql'), { recursive: true });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const migrationPath = (name: string) => join(directory, 'sql', 'shared', 'migrations', name);
  const open = () =>
    openDuckdb({
      path: join(directory, 'warehouse.duckdb'),
      temporaryDirectory: directory,
      threads: 1,
      memoryLimitMiB: 256,
      readers: 1,
      sqlDirectory: join(directory, 'sql'),
      timeZone: 'UTC',
      now: () => 86_400_000,
    });
  const openAndClose = async (sql = 'select name, applied_at from schema_migrations order by name') => {
    const { warehouse, migrations } = await open();
    const rows: SqlRow[] = await warehouse.read({ timeoutMs: 10_000 }, (reader) => reader.all({ sql, parameters: [] }));
    await warehouse.close();
    return { applied: migrations.applied, rows };
  };

  test('run in the order of their numbers, once', async () => {
    const first = await openAndClose();
    expect(first.applied.slice(0, 2)).toEqual(['0001-audit-events.sql', '0002-user-activity.sql']);
    expect(first.rows).toEqual(first.applied.map((name) => ({ name, applied_at: 86_400_000 })));
    const second = await openAndClose();
    expect(second.applied).toEqual([]);
    expect(second.rows).toEqual(first.rows);
  });

  test('add what a newer version brings, and keep the rows there are', async () => {
    const { warehouse } = await open();
    await warehouse.write('metrics', (writer) =>
      writer.run({ sql: `insert into mart_settings values ('kept', '1')`, parameters: [] }),
    );
    await warehouse.close();
    writeFileSync(migrationPath('9001-more.sql'), 'alter table mart_settings add column note varchar;\n');
    const { applied, rows } = await openAndClose('select * from mart_settings');
    expect(applied).toEqual(['9001-more.sql']);
    expect(rows).toEqual([{ name: 'kept', setting: '1', note: null }]);
  });

  test('refuse a file that was changed after it had run', async () => {
    await openAndClose();
    const path = migrationPath('0001-audit-events.sql');
    writeFileSync(path, readFileSync(path, 'utf8').replace('error_id varchar not null', 'error_id varchar'));
    await expect(open()).rejects.toThrow('Migration 0001-audit-events.sql was changed after it had run');
  });

  test('refuse data that a newer version made', async () => {
    writeFileSync(migrationPath('9001-more.sql'), 'create table more (a bigint);\n');
    await openAndClose();
    rmSync(migrationPath('9001-more.sql'));
    await expect(open()).rejects.toThrow('was made by a newer version (migration 9001-more.sql)');
  });

  test('leave nothing of a file that fails, and can run again', async () => {
    writeFileSync(
      migrationPath('9001-more.sql'),
      'create table more (a bigint);\n\ninsert into no_such_table values (1);\n',
    );
    await expect(open()).rejects.toThrow('no_such_table');
    writeFileSync(migrationPath('9001-more.sql'), 'create table more (a bigint);\n');
    expect((await openAndClose()).applied).toEqual(['9001-more.sql']);
  });
});
