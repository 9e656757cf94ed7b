import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findViolations, folderOf, KNOWN_FOLDERS, type SourceFile } from './import-rule.ts';

const SOURCE = join(__dirname, '..', '..', 'src');

const sources: readonly SourceFile[] = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(SOURCE, name), 'utf8') }));

test('imports go one way, and the outside world is touched only at the edges', () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(findViolations(sources)).toEqual([]);
});

test('every folder has its place in the rule', () => {
  expect(sources.map(({ name }) => folderOf(name)).filter((folder) => !KNOWN_FOLDERS.has(folder))).toEqual([]);
});

test.each([
  ['a later row', 'query/users.ts', `import { x } from '../marts/refresh.ts';`],
  ['the same row', 'query/users.ts', `import type { Accept } from '../ingest/accept.ts';`],
  [
    'an adapter from inside',
    'load/loader.ts',
    `import { createDuckdbWarehouse } from '../adapters/warehouse/duckdb-warehouse.ts';`,
  ],
  ['the app from the server', 'server/http.ts', `import { createApp } from '../app.ts';`],
  ['features from an adapter', 'adapters/warehouse/x.ts', `import { createLoader } from '../../load/loader.ts';`],
  ['configuration from a feature', 'query/users.ts', `import { readConfig } from '../config/config.ts';`],
  ['the demo from a feature', 'ingest/accept.ts', `export { generateMonth } from '../demo/activity.ts';`],
  ['a dynamic import', 'domain/page.ts', `const x = await import('../query/users.ts');`],
  ['files from inside', 'ingest/accept.ts', `import { readFileSync } from 'node:fs';`],
  ['an engine from inside', 'query/users.ts', `import { DuckDBInstance } from '@duckdb/node-api';`],
  ['a driver from inside', 'load/landed-loader.ts', `import snowflake from 'snowflake-sdk';`],
  ['the function from the server', 'server/http.ts', `import { createLambda } from '../lambda.ts';`],
  ['the gateway from the function', 'lambda.ts', `import { createApp } from './app.ts';`],
  ['the environment', 'server/http.ts', 'const port = process.env.PORT;'],
  ['the environment, read where it may be set', 'adapters/warehouse/snowflake-driver.ts', 'use(process.env.HOME);'],
])('finds %s', (_what, name, text) => {
  expect(findViolations([{ name, text }])).toHaveLength(1);
});

test('lets the server import what stands before it', () => {
  const text = `import { createAccept } from '../ingest/accept.ts';\nimport { createRefresh } from '../marts/refresh.ts';`;
  expect(findViolations([{ name: 'server/pipeline.ts', text }])).toEqual([]);
});
