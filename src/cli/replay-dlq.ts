/** `trailgate replay-dlq`: batches of a table's stream that the Lambda gave up, once more. */
import { Command, InvalidArgumentError } from 'commander';
import type { DynamodbHandler } from '../server/dynamodb-lambda.ts';
import type { Output } from './import/progress.ts';
import { count, printable } from './import/text.ts';
import type { Queue } from './replay-dlq/queue.ts';
import { type Fate, replay } from './replay-dlq/replay.ts';
import type { TableStream } from './replay-dlq/table-stream.ts';

/** What the command touches; tests hold it. */
export interface ReplaySurroundings {
  /** Gets the summary. */
  readonly out: Output;
  /** Gets what became of each message, and the lines of the handler. */
  readonly err: Output;
  readonly setExitCode: (code: number) => void;
  readonly openQueue: (url: string) => Promise<Queue>;
  readonly openStream: () => Promise<TableStream & { close?(): void }>;
  /** The Lambda's handler, settings from the same variables. */
  readonly openHandler: (
    write: (line: string) => void,
  ) => Promise<{ handler: DynamodbHandler; close(): Promise<void> }>;
}

/** Clients are loaded when they are needed: the other commands have no use for them. */
export const replayOnProcess = (): ReplaySurroundings => ({
  out: process.stdout,
  err: process.stderr,
  setExitCode: (code) => {
    process.exitCode = code;
  },
  openQueue: async (url) => (await import('./replay-dlq/queue.ts')).createSqsQueue(url),
  openStream: async () => (await import('./replay-dlq/dynamodb-table-stream.ts')).createDynamodbTableStream(),
  openHandler: async (write) => {
    const { readLambdaConfig } = await import('../config/lambda-config.ts');
    const { createLambda } = await import('../lambda.ts');
    return createLambda(readLambdaConfig(), write);
  },
});

interface Flags {
  readonly queue: string;
  readonly max: number;
  readonly dryRun?: boolean;
}

/** Exit code 1 when a message stays in the queue that should not. */
export function replayDlqCommand(surroundings: ReplaySurroundings): Command {
  return new Command('replay-dlq')
    .description('read again what the Lambda of a DynamoDB stream gave up, and make it durable')
    .requiredOption('--queue <url>', 'of the dead letters (SQS)', parseUrl)
    .option('--max <messages>', 'at most so many messages', parseMax, 1_000)
    .option('--dry-run', 'say what is there and still to be had; write and delete nothing')
    .action((flags: Flags) => run(flags, surroundings));
}

async function run({ queue: url, max, dryRun = false }: Flags, surroundings: ReplaySurroundings): Promise<void> {
  const { out, err, setExitCode } = surroundings;
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  const fates: Fate[] = [];
  let queue: Queue | undefined;
  let lambda: Awaited<ReturnType<ReplaySurroundings['openHandler']>> | undefined;
  let stream: Awaited<ReturnType<ReplaySurroundings['openStream']>> | undefined;
  process.once('SIGINT', onInterrupt);
  try {
    queue = await surroundings.openQueue(url);
    stream = await surroundings.openStream();
    if (!dryRun) lambda = await surroundings.openHandler((line) => err.write(line));
    await replay({
      queue,
      stream,
      handler: lambda?.handler ?? null,
      limit: max,
      signal: interrupt.signal,
      onFate: (id, fate) => {
        fates.push(fate);
        err.write(`${printable(id)}: ${printable(describe(fate, dryRun))}\n`);
      },
    });
  } catch (error) {
    err.write(`error: ${printable(error instanceof Error ? error.message : String(error))}\n`);
    setExitCode(1);
  } finally {
    process.off('SIGINT', onInterrupt);
    queue?.close();
    stream?.close?.();
    await lambda?.close();
  }
  out.write(summarise(fates, dryRun));
  if (interrupt.signal.aborted) out.write('interrupted; run the same again to go on\n');
  if (interrupt.signal.aborted || fates.some(({ phase }) => phase !== 'replayed')) setExitCode(1);
}

function describe(fate: Fate, dryRun: boolean): string {
  switch (fate.phase) {
    case 'replayed':
      return dryRun ? `${count(fate.records)} records can be replayed` : `${count(fate.records)} records are durable`;
    case 'gone': {
      const { letter, records, gone } = fate;
      const rest = records === 0 ? '' : `; the other ${count(records)} ${dryRun ? 'can be replayed' : 'are durable'}`;
      return (
        `${count(gone)} of ${count(letter.records)} records are gone: a stream keeps them for 24 hours${rest}. ` +
        `They were ${letter.firstSequence} to ${letter.lastSequence} in ${letter.shardId} of ${letter.streamArn}. ` +
        'Compare with the table, then delete the message.'
      );
    }
    case 'failed':
      return `failed: ${fate.why}`;
    case 'foreign':
      return `is no dead letter of a DynamoDB stream: ${fate.why}`;
  }
}

function summarise(fates: readonly Fate[], dryRun: boolean): string {
  const messages = (phase: Fate['phase']): string => count(fates.filter((fate) => fate.phase === phase).length);
  const sum = (of: (fate: Fate) => number): string => count(fates.reduce((total, fate) => total + of(fate), 0));
  return [
    `messages   ${count(fates.length)}`,
    `replayed   ${messages('replayed')}${dryRun ? ' (dry run: nothing was written or deleted)' : ''}`,
    `records    ${sum((fate) => ('records' in fate ? fate.records : 0))}`,
    `gone       ${sum((fate) => (fate.phase === 'gone' ? fate.gone : 0))} records in ${messages('gone')} messages`,
    `failed     ${messages('failed')}`,
    `foreign    ${messages('foreign')}`,
    '',
  ].join('\n');
}

function parseUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('must be the URL of an SQS queue.');
}

function parseMax(text: string): number {
  const messages = Number(text);
  if (Number.isInteger(messages) && messages >= 1 && messages <= 1_000_000) return messages;
  throw new InvalidArgumentError('must be a whole number from 1 to 1,000,000.');
}
