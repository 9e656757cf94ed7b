import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

test.each(pages)('%s names no path that is missing', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) =>
    join(dirname(page), target as string),
  );
  const named = [...text.matchAll(/`((?:src|sql|test|bench|scripts|docs)\/[\w./-]+)`/g)].map(
    ([, target]) => target as string,
  );
  expect([...links, ...named].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
