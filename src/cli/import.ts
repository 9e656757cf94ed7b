/** `trailgate import SOURCE PATH...`: records of other systems into a gateway, through its public API. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { LIMITS } from '../domain/audit-event.ts';
import { type Mapping, parseMapping } from '../domain/mapping-file.ts';
import { type Clock, systemClock } from '../ports/clock.ts';
import type { SendBatch } from './import/batch.ts';
import { createDelivery } from './import/deliver.ts';
import { createDryRun } from './import/dry-run.ts';
import { createGateway, endpointOf } from './import/gateway.ts';
import { type ImportResult, importFiles } from './import/import-files.ts';
import { createProgressView, type Output, type ProgressView } from './import/progress.ts';
import { RefusalList } from './import/refusal-list.ts';
import { summarise } from './import/summary.ts';
import { printable } from './import/text.ts';
import { cloudTrail } from './mappers/cloudtrail.ts';
import type { Mapper } from './mappers/mapper.ts';

/** What the command touches besides files and the gateway; tests hold it. */
export interface ImportSurroundings {
  /** Gets the summary. */
  readonly out: Output;
  /** Gets progress and errors. */
  readonly err: Output;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly setExitCode: (code: number) => void;
}

interface ImportFlags {
  readonly url: string;
  readonly key?: string;
  readonly mapping?: string;
  readonly batch: number;
  readonly dryRun?: boolean;
  readonly refusals?: string;
}

const MAPPERS: readonly { mapper: Mapper; description: string }[] = [
  {
    mapper: cloudTrail,
    description: 'AWS CloudTrail: log files as delivered to S3, EventBridge events, LookupEvents output',
  },
];

const onProcess = (): ImportSurroundings => ({
  out: process.stdout,
  err: process.stderr,
  clock: systemClock,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
  setExitCode: (code) => {
    process.exitCode = code;
  },
});

/** The exit code is 1 when a record was refused or not all could be sent, else 0. */
export function importCommand(surroundings: ImportSurroundings = onProcess()): Command {
  const command = new Command('import').description('send audit records of other systems to a gateway');
  for (const { mapper, description } of MAPPERS) {
    command
      .command(mapper.name)
      .description(description)
      .argument(
        '<paths...>',
        'files, and folders with all that lies in them: .json, .ndjson, .jsonl, with .gz or without',
      )
      .addOption(new Option('--url <url>', 'of the gateway').env('TRAILGATE_URL').default('http://127.0.0.1:4000'))
      .addOption(new Option('--key <key>', 'an API key that may ingest').env('TRAILGATE_KEY'))
      .option('--mapping <file>', 'YAML: accounts to environment and department, resources to sensitivity')
      .option('--batch <events>', `in one request, at most ${LIMITS.maxEventsPerRequest}`, parseBatch, 500)
      .option('--dry-run', 'read, map and check, but send nothing')
      .option('--refusals <file>', 'write every refusal there, one JSON object a line')
      .action((paths: string[], flags: ImportFlags) => runImport({ mapper, paths, flags, surroundings }));
  }
  return command;
}

interface ImportRun {
  readonly mapper: Mapper;
  readonly paths: readonly string[];
  readonly flags: ImportFlags;
  readonly surroundings: ImportSurroundings;
}

async function runImport({ mapper, paths, flags, surroundings }: ImportRun): Promise<void> {
  const { out, err, clock, setExitCode } = surroundings;
  const view = createProgressView(err, clock);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort(new Error('interrupted; run the same import again to go on'));
  const from = clock.now();
  let refusals: RefusalList | undefined;
  let result: ImportResult;
  process.once('SIGINT', onInterrupt);
  try {
    const send = senderOf(flags, surroundings, view);
    const mapping = flags.mapping === undefined ? undefined : await readMapping(flags.mapping);
    const list = new RefusalList(flags.refusals);
    refusals = list;
    result = await importFiles({
      mapper,
      paths,
      send,
      mapping,
      batchEvents: flags.batch,
      signal: interrupt.signal,
      onProgress: (progress) => view.update(progress),
      onRefusal: (refusal) => list.add(refusal),
    });
  } catch (error) {
    view.stop();
    err.write(`error: ${printableLines((error as Error).message)}\n`);
    return setExitCode(1);
  } finally {
    process.off('SIGINT', onInterrupt);
    refusals?.close();
  }
  view.stop();
  const durationMs = clock.now() - from;
  const { first } = refusals;
  out.write(
    summarise({ result, durationMs, dryRun: flags.dryRun ?? false, refusals: first, refusalsFile: flags.refusals }),
  );
  if (result.refused > 0 || result.stoppedBy) setExitCode(1);
}

function senderOf({ url, key, dryRun }: ImportFlags, around: ImportSurroundings, view: ProgressView): SendBatch {
  if (dryRun) return createDryRun(around.clock);
  if (!key) throw new Error('--key is missing: give an API key that may ingest, or set TRAILGATE_KEY');
  endpointOf(url);
  return createDelivery({
    post: createGateway({ url, key, clock: around.clock }),
    sleep: around.sleep,
    random: around.random,
    onRetry: (retry) => view.waiting(retry),
  });
}

async function readMapping(file: string): Promise<Mapping> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${file}: ${cause.code === 'ENOENT' ? 'there is no such mapping file' : cause.message}`);
  });
  return parseMapping(text, file);
}

function parseBatch(text: string): number {
  const events = Number(text);
  if (Number.isInteger(events) && events >= 1 && events <= LIMITS.maxEventsPerRequest) return events;
  throw new InvalidArgumentError(`must be a whole number from 1 to ${LIMITS.maxEventsPerRequest}.`);
}

const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');
