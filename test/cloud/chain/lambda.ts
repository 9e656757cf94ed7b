import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ministack } from '../../rigs/ministack.ts';
import { type ProductionParts, ROLE_ARN } from './production-parts.ts';

export interface LambdaFunction {
  readonly name: string;
  readonly zip: Buffer;
  /** `file.export`, as Lambda names it. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Creates the function and waits until it can be invoked. */
export async function deployLambda(ministack: Ministack, { name, zip, handler, environment }: LambdaFunction) {
  await call(ministack, 'POST', '/2015-03-31/functions', {
    FunctionName: name,
    Runtime: 'nodejs20.x',
    Role: ROLE_ARN,
    Handler: handler,
    Timeout: 30,
    MemorySize: 256,
    Code: { ZipFile: zip.toString('base64') },
    Environment: { Variables: environment },
  });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { State: state } = await call(ministack, 'GET', `/2015-03-31/functions/${name}/configuration`);
    if (state === 'Active') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the function ${name} is not active after 10 s:\n${ministack.log()}`);
}

/** The table's stream from now on, as infra/ maps it: partial failures told, retries bounded, then the queue. */
export async function mapTableStream(
  ministack: Ministack,
  name: string,
  { tableStreamArn, deadLetterArn }: ProductionParts,
  settings: { readonly maximumRecordAgeSeconds?: number } = {},
): Promise<void> {
  await call(ministack, 'POST', '/2015-03-31/event-source-mappings', {
    FunctionName: name,
    EventSourceArn: tableStreamArn,
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 100,
    MaximumRetryAttempts: 10,
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: deadLetterArn } },
    ...(settings.maximumRecordAgeSeconds && { MaximumRecordAgeInSeconds: settings.maximumRecordAgeSeconds }),
  });
}

/** What the function answered. @throws Error with MiniStack's log when it failed. */
export async function invoke(ministack: Ministack, name: string, event: unknown): Promise<unknown> {
  return call(ministack, 'POST', `/2015-03-31/functions/${name}/invocations`, event);
}

/** A zip that holds one file; for functions that a test writes itself. */
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

/** Lambda's REST API; MiniStack does not check signatures, so that no client of it is needed. */
async function call(
  ministack: Ministack,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const { accessKeyId } = ministack.client.credentials;
  const response = await fetch(`${ministack.endpoint}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/${ministack.client.region}/lambda/aws4_request`,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (!response.ok || response.headers.has('x-amz-function-error')) {
    throw new Error(`${method} ${path} answers ${response.status} ${text}\n${ministack.log()}`);
  }
  return text === '' ? {} : JSON.parse(text);
}
