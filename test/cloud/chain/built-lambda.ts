import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUILD = join(__dirname, '..', '..', '..', 'scripts', 'build-lambda.mjs');

/** The zip as it is deployed, from the sources as they are now. */
export function buildLambda(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'trailgate-lambda-'));
  try {
    execFileSync(process.execPath, [BUILD, join(directory, 'built')], { stdio: 'pipe' });
    return readFileSync(join(directory, 'built.zip'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
