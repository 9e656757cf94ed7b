// Bundles the function behind a DynamoDB stream: dist-lambda/index.mjs, which needs no other file, and the same as
// dist-lambda.zip. Handler: index.handler; Node 20 or later. Another place: node scripts/build-lambda.mjs FOLDER
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { zip } from './zip.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Native code and what weighs most: the function has no use for them, and an import that brings them in is a mistake. */
const FORBIDDEN = /\/node_modules\/(lmdb|msgpackr-extract|@duckdb\/[^/]+|snowflake-sdk|fastify|@apollo\/server)\//;
const LIMIT_BYTES = 10 * 1024 * 1024;

const folder = resolve(process.argv[2] ?? join(ROOT, 'dist-lambda'));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const file = join(folder, 'index.mjs');
const { metafile } = await build({
  entryPoints: [join(ROOT, 'src', 'lambda.ts')],
  outfile: file,
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  mainFields: ['module', 'main'],
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: 'warning',
  // CommonJS packages among the dependencies ask for the parts of Node.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});

const forbidden = Object.keys(metafile.inputs).filter((input) => FORBIDDEN.test(`/${input}`));
if (forbidden.length > 0) fail(`the bundle holds what it must not:\n  ${forbidden.slice(0, 5).join('\n  ')}`);
const archive = zip([{ name: 'index.mjs', content: readFileSync(file) }]);
if (archive.length > LIMIT_BYTES) fail(`the zip has ${archive.length} bytes; the limit is ${LIMIT_BYTES}`);
writeFileSync(`${folder}.zip`, archive);
console.log(`${folder}.zip: ${(archive.length / 1024).toFixed(0)} KiB`);

function fail(why) {
  console.error(why);
  process.exit(1);
}
