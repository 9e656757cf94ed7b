import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SOURCE = join(__dirname, '..', '..', 'src');

/** Packages that are loaded before anything runs: by imports that are neither of types only nor made when needed. */
function loadedBy(entry: string, read: (file: string) => string): ReadonlySet<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const target of staticImports(read(file))) {
      if (target.startsWith('.')) follow(join(dirname(file), target));
      else packages.add(/^(@[^/]+\/)?[^/]+/.exec(target)?.[0] as string);
    }
  };
  follow(entry);
  return packages;
}

const staticImports = (text: string): readonly string[] =>
  [...text.matchAll(/^(?:import|export) (?!type\b)(?:[^;'"]*? from )?'([^']+)';/gms)].map(
    ([, target]) => target as string,
  );

const read = (file: string): string => readFileSync(join(SOURCE, file), 'utf8');
const VENDORS = /^@aws-sdk\/|^@smithy\/|^snowflake-sdk$/;
const vendorsOf = (packages: ReadonlySet<string>): string[] => [...packages].filter((name) => VENDORS.test(name));

test('the gateway loads no client of AWS or Snowflake before an engine that needs it is named', () => {
  const packages = loadedBy('app.ts', read);
  expect(packages.size).toBeGreaterThan(10);
  expect(packages).toContain('lmdb');
  expect(vendorsOf(packages)).toEqual([]);
});

test('the commands load neither an engine nor the schema before one of them runs', () => {
  const packages = loadedBy('main.ts', read);
  expect(packages).toContain('commander');
  expect(vendorsOf(packages)).toEqual([]);
  for (const heavy of ['lmdb', '@duckdb/node-api', 'type-graphql', '@apollo/server'])
    expect(packages).not.toContain(heavy);
});

test('the function behind a table loads one', () => {
  expect(vendorsOf(loadedBy('lambda.ts', read))).toContain('@aws-sdk/client-kinesis');
});

test.each([
  ['an import', `import { S3Client } from '@aws-sdk/client-s3';`, ['@aws-sdk/client-s3']],
  ['one over lines', `import {\n  A,\n  type B,\n} from 'snowflake-sdk';`, ['snowflake-sdk']],
  ['one for its effect', `import '@aws-sdk/client-s3';`, ['@aws-sdk/client-s3']],
  ['a re-export', `export { S3Client } from '@aws-sdk/client-s3';`, ['@aws-sdk/client-s3']],
  ['one of types', `import type { S3Client } from '@aws-sdk/client-s3';`, []],
  ['one made when needed', `const load = () => import('@aws-sdk/client-s3');`, []],
])('%s is told for what it is', (_what, text, found) => {
  expect(vendorsOf(loadedBy('main.ts', () => text))).toEqual(found);
});
