/** The dependency rule of docs/architecture.md, as a function of file names and texts. */

/** A folder may import only folders of an earlier row; folders of one row never import each other. */
const ROWS: readonly (readonly string[])[] = [
  ['domain'],
  ['ports'],
  ['filter'],
  ['ingest', 'load', 'query', 'rules', 'access'],
  ['marts', 'live', 'retention', 'reports'],
  ['schema'],
  ['resolvers'],
  ['server'],
  ['app'],
];

/** Folders beside the rows, and all that each may import. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  adapters: ['domain', 'ports'],
  config: ['domain', 'ports'],
  demo: ['domain'],
  cli: ['domain', 'ports', 'ingest', 'config', 'server', 'app', 'lambda'],
  main: ['cli'],
  lambda: ['domain', 'ports', 'ingest', 'server', 'adapters', 'config'],
};

/** Who may import the folders beside the rows. */
const IMPORTED_BY: Readonly<Record<string, readonly string[]>> = {
  adapters: ['app', 'lambda'],
  config: ['app', 'cli', 'lambda'],
  demo: ['server'],
  cli: ['main'],
  lambda: ['cli'],
  main: [],
};

/** Where the outside world is touched. */
const EDGES = new Set(['server', 'cli', 'adapters', 'config', 'app', 'lambda', 'main']);
const OUTSIDE =
  /^(node:)?(fs|fs\/promises|net|http|https|http2|child_process|worker_threads|dns|tls|os|cluster)$|^(fastify|lmdb|pino|snowflake-sdk|ws)$|^@(duckdb|apollo|fastify|as-integrations|aws-sdk|smithy)\//;

export interface SourceFile {
  /** Below src/, for example 'query/users.ts'. */
  readonly name: string;
  readonly text: string;
}

export function findViolations(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => [...importViolations(file), ...environmentViolations(file)]);
}

function importViolations({ name, text }: SourceFile): readonly string[] {
  const from = folderOf(name);
  return importsOf(text).flatMap((target) => {
    if (!target.startsWith('.')) {
      return OUTSIDE.test(target) && !EDGES.has(from) ? [`${name} touches the outside world: ${target}`] : [];
    }
    const to = folderOf(resolveFrom(name, target));
    return to === from || isAllowed(from, to) ? [] : [`${name} (${from}) may not import ${to}: ${target}`];
  });
}

/** Sets, and never reads, what a vendor's driver can be told in no other way; assigned only where it is not set. */
const SETS_FOR_A_DRIVER = 'adapters/warehouse/snowflake-driver.ts';

const environmentViolations = ({ name, text }: SourceFile): readonly string[] =>
  /\bprocess\.env\b/.test(name === SETS_FOR_A_DRIVER ? text.replace(/process\.env\.\w+ \?\?= /g, '') : text) &&
  folderOf(name) !== 'config'
    ? [`${name} reads process.env; only config/ may`]
    : [];

function isAllowed(from: string, to: string): boolean {
  if (BESIDE[from]) return BESIDE[from].includes(to);
  if (IMPORTED_BY[to]) return IMPORTED_BY[to].includes(from);
  const [rowFrom, rowTo] = [rowOf(from), rowOf(to)];
  return rowFrom !== -1 && rowTo !== -1 && rowTo < rowFrom;
}

const rowOf = (folder: string): number => ROWS.findIndex((row) => row.includes(folder));

/** 'query/users.ts' is in query; 'app.ts' stands for itself. */
const folderOf = (name: string): string =>
  name.includes('/') ? name.slice(0, name.indexOf('/')) : name.replace(/\.ts$/, '');

function resolveFrom(name: string, target: string): string {
  const steps = name.split('/').slice(0, -1);
  for (const step of target.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.') steps.push(step);
  }
  return steps.join('/');
}

/** Static and dynamic imports and re-exports, types too. */
const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\s*\(\s*|\brequire\s*\(\s*)'([^']+)'/g)].map(
    ([, target]) => target as string,
  );

/** Every folder that the rule knows: a new one must be given its place. */
export const KNOWN_FOLDERS: ReadonlySet<string> = new Set([...ROWS.flat(), ...Object.keys(BESIDE)]);
export { folderOf };
