import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDuckdb } from '../../../src/adapters/warehouse/duckdb-checks.ts';
import { openDuckdb } from '../../../src/adapters/warehouse/open-duckdb.ts';
import { bySubject } from '../findings.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trailgate-duckdb-'));
  path = join(folder, 'warehouse.duckdb');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sqlDirectory = join(process.cwd(), 'sql');
const open = () =>
  openDuckdb({
    path,
    temporaryDirectory: join(folder, 'tmp'),
    threads: 1,
    memoryLimitMiB: 256,
    readers: 1,
    sqlDirectory,
    timeZone: 'UTC',
    now: () => 0,
  });
const check = async (file = path) => bySubject(await checkDuckdb({ path: file, sqlDirectory, timeZone: 'UTC' }));
const made = async (statement?: string): Promise<void> => {
  const { warehouse } = await open();
  if (statement) await warehouse.write('load', (writer) => writer.run({ sql: statement }));
  await warehouse.close();
};

test('a warehouse that is not there yet is no fault, and none is made', async () => {
  expect(await check()).toEqual({ DuckDB: 'ok: is made at the first start' });
  expect(existsSync(path)).toBe(false);
});

test('a warehouse is opened and left as it was', async () => {
  await made();
  const before = readFileSync(path);
  expect(await check()).toEqual({
    DuckDB: expect.stringMatching(/^ok: opens with version v1\./),
    schema: 'ok: is that of this version',
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('one that a killed process left, its last commits in the write-ahead log, opens too', async () => {
  const { warehouse } = await open();
  await warehouse.write('load', (writer) => writer.run({ sql: `insert into mart_settings values ('a', 'b')` }));
  const copy = join(folder, 'copy.duckdb');
  copyFileSync(path, copy);
  copyFileSync(`${path}.wal`, `${copy}.wal`);
  await warehouse.close();
  expect((await check(copy)).DuckDB).toMatch(/^ok: opens/);
});

test('a schema that lacks a migration gets it at the next start', async () => {
  await made(`delete from schema_migrations where name = (select max(name) from schema_migrations)`);
  expect((await check()).schema).toMatch(/^ok: the next start brings it up to 0\d+/);
});

test('a schema of a newer version is a failure', async () => {
  await made(`insert into schema_migrations values ('9999-later.sql', 'x', now())`);
  expect((await check()).schema).toMatch(/^fail: The warehouse was made by a newer version/);
});

test('a file that is no warehouse is told', async () => {
  writeFileSync(path, Buffer.alloc(64 * 1024, 'x'));
  expect((await check()).DuckDB).toMatch(/^fail: cannot be opened \(.+\)\. Close what has it open/);
});
