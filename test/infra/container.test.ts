import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const { files, scripts } = JSON.parse(read('package.json')) as { files: string[]; scripts: Record<string, string> };

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The stages of a container file, each from its FROM on. */
function stagesOf(text: string): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const line of text
    .replaceAll(/^#.*$/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')) {
    const [, name, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (!name || !rest || name === 'ARG') continue;
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, rest });
  }
  return stages;
}

const stages = stagesOf(read('Containerfile'));
const last = stages.at(-1) ?? [];
const wordsOf = (instruction: string): string[][] =>
  last.filter(({ name }) => name === instruction).map(({ rest }) => rest.split(' '));

/** What a stage takes from the folder of the sources. */
const takenFromSources = (stage: readonly Instruction[]): string[] =>
  stage
    .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from='))
    .flatMap(({ rest }) => rest.split(' ').slice(0, -1));

describe('the container of the gateway', () => {
  test('holds what the package holds, its packages, and nothing else', () => {
    const copied = wordsOf('COPY').flatMap((words) => words.filter((word) => !word.startsWith('--')).slice(0, -1));
    const names = copied.map((path) => path.replace(/^\/app\//, ''));
    expect(names.sort()).toEqual([...files, 'LICENSE', 'node_modules', 'package.json'].sort());
  });

  test('has no package that only developers need, and runs no script of a package', () => {
    const installs = stages.flat().filter(({ rest }) => rest.startsWith('npm ci'));
    expect(installs).toHaveLength(2);
    for (const { rest } of installs) expect(rest).toContain('--ignore-scripts');
    const from = last.find(({ rest }) => rest.includes('node_modules'))?.rest;
    const name = /--from=(\w+)/.exec(from ?? '')?.[1];
    const stage = stages.find(([first]) => first?.rest.endsWith(` AS ${name}`));
    expect(stage?.some(({ rest }) => rest.startsWith('npm ci --omit=dev'))).toBe(true);
  });

  test('is compiled by a script that there is', () => {
    const [build = []] = stages;
    const script = build.find(({ rest }) => rest.startsWith('npm run '))?.rest.slice('npm run '.length);
    expect(scripts).toHaveProperty(script ?? '');
  });

  test('does not run as root, and can write to its data and its temporary files alone', () => {
    expect(wordsOf('USER')).toEqual([['1000:1000']]);
    expect(wordsOf('VOLUME').flat().join(' ')).toBe('["/data", "/tmp"]');
    const names = last.map(({ name }) => name);
    expect(names.indexOf('USER')).toBeGreaterThan(names.lastIndexOf('RUN'));
  });

  test('starts the server, and is healthy while /healthz answers', () => {
    expect(wordsOf('ENTRYPOINT').flat().join(' ')).toBe('["node", "dist/main.js"]');
    expect(last.find(({ name }) => name === 'HEALTHCHECK')?.rest).toContain('/healthz');
    expect(read('src/server/health.ts')).toContain("'/healthz'");
  });

  test('the builder is handed what is copied from here and nothing else', () => {
    const rules = read('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    expect(rules[0]).toBe('*');
    const handed = rules.slice(1).map((rule) => rule.replace(/^!/, ''));
    expect(handed.sort()).toEqual([...new Set(stages.flatMap(takenFromSources))].sort());
  });
});
