import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bootScript } from './boot-script.ts';
import { PAGE_STYLE } from './style.ts';

export interface Asset {
  /** Carries a hash of the content, so that it can be cached for ever. */
  readonly name: string;
  readonly type: 'text/css; charset=utf-8' | 'text/javascript; charset=utf-8';
  readonly content: Buffer;
}

/** Everything that the page loads, in the order that it needs them. About 1.5 MB, from the installed packages. */
export async function readAssets(): Promise<readonly Asset[]> {
  return [
    asset('graphiql', 'css', await readInstalled('graphiql', 'graphiql.min.css')),
    asset('page', 'css', Buffer.from(PAGE_STYLE)),
    asset('react', 'js', await readInstalled('react', 'umd/react.production.min.js')),
    asset('react-dom', 'js', await readInstalled('react-dom', 'umd/react-dom.production.min.js')),
    asset('graphiql', 'js', await readInstalled('graphiql', 'graphiql.min.js')),
    asset('boot', 'js', Buffer.from(bootScript())),
  ];
}

function asset(name: string, extension: 'css' | 'js', content: Buffer): Asset {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const type = extension === 'css' ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
  return { name: `${name}.${hash}.${extension}`, type, content };
}

/** The packages do not export these files, only their own package.json. */
const readInstalled = (from: string, file: string): Promise<Buffer> =>
  readFile(join(dirname(createRequire(import.meta.url).resolve(`${from}/package.json`)), file));
