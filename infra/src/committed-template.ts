import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createApp } from './app.ts';

/** The template as it is with the placeholder for the Lambda's code, so that no build changes it. */
export const COMMITTED = join(import.meta.dirname, '..', '..', 'generated', 'trailgate.template.json');

/** Makes the template in a folder of its own. */
export function makeTemplate(context: Readonly<Record<string, string>> = {}): string {
  const outdir = mkdtempSync(join(tmpdir(), 'trailgate-synth-'));
  try {
    createApp({ outdir, postCliContext: { lambdaCode: 'placeholder', ...context } }).synth();
    const { installation = 'trailgate' } = context;
    return readFileSync(join(outdir, `${installation}.template.json`), 'utf8');
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(COMMITTED, makeTemplate());
