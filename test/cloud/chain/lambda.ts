import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Installation } from './installation.ts';

/** What the function answers. @throws Error with MiniStack's log when it fails. */
export const invokeLambda = ({ calls, functionName }: Installation, event: unknown): Promise<unknown> =>
  calls.rest('lambda', 'POST', `/2015-03-31/functions/${functionName}/invocations`, event);

/** MiniStack gives a failing batch up by its age alone; production waits six hours for it. */
export async function giveUpAfter({ calls }: Installation, seconds: number): Promise<void> {
  const { EventSourceMappings: mappings } = await calls.rest('lambda', 'GET', '/2015-03-31/event-source-mappings/');
  for (const { UUID: id } of mappings as readonly { readonly UUID: string }[]) {
    await calls.rest('lambda', 'PUT', `/2015-03-31/event-source-mappings/${id}`, {
      MaximumRecordAgeInSeconds: seconds,
    });
  }
}

/** All of the function's own variables, from the next invocation on. */
export async function setVariables(
  { calls, functionName }: Installation,
  Variables: Readonly<Record<string, string>>,
): Promise<void> {
  await calls.rest('lambda', 'PUT', `/2015-03-31/functions/${functionName}/configuration`, {
    Environment: { Variables },
  });
}

/** Other code, from the next invocation on. */
export async function replaceCode({ calls, functionName }: Installation, zip: Buffer): Promise<void> {
  await calls.rest('lambda', 'PUT', `/2015-03-31/functions/${functionName}/code`, { ZipFile: zip.toString('base64') });
}

/** A zip that holds one file; for a function that a test writes itself. */
export function zipOne(fileName: string, text: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'trailgate-zip-'));
  try {
    writeFileSync(join(directory, fileName), text);
    execFileSync('python3', ['-m', 'zipfile', '-c', 'function.zip', fileName], { cwd: directory });
    return readFileSync(join(directory, 'function.zip'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
