import fc from 'fast-check';
import { createSeal } from '../../src/domain/seal.ts';
import { createAppender } from '../../src/ingest/appender.ts';
import type { InvocationAppender } from '../../src/ingest/invocation-ledgers.ts';
import { createRefresh } from '../../src/marts/refresh.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import { createDynamodbHandler, type DynamodbHandlerDeps } from '../../src/server/dynamodb-lambda.ts';
import {
  aModify,
  aNestedItem,
  anExpiry,
  anInsert,
  anItem,
  aRemove,
  type StreamRecord,
  s,
} from '../ingest/dynamodb-records.ts';
import { createHeldStream, type HeldStream } from '../ingest/held-stream.ts';
import { createPlace, loadAll, NOW, type Place, select, startLoader } from '../load/pipeline.ts';

const clock = { now: () => NOW };
const { pseudonymOf } = createSeal(Buffer.alloc(32, 7));

let place: Place;
beforeEach(() => {
  place = createPlace();
});
afterEach(() => place.remove());

interface Metrics {
  readonly [name: string]: unknown;
}

/** The handler over a stream, and everything that it did beside answering. */
function start(stream: EventLog, more: Partial<DynamodbHandlerDeps> = {}) {
  const written: string[] = [];
  const steps: string[] = [];
  const handler = createDynamodbHandler({
    openAppender: async () => {
      steps.push('open');
      const appender = await createAppender({ stream, clock });
      return {
        append: (drafts) => appender.append(drafts).finally(() => steps.push('durable')),
        close: async () => {
          steps.push('close');
        },
      };
    },
    clock,
    mapping: null,
    pseudonymOf,
    ignoredAttributes: new Set(['ttl']),
    write: (line) => written.push(line),
    ...more,
  });
  return {
    steps,
    written,
    metrics: (): Metrics => JSON.parse(written.at(-1) ?? '{}') as Metrics,
    invoke: (Records: readonly unknown[], remainingMs = 10_000) =>
      handler({ Records }, { awsRequestId: 'request-1', getRemainingTimeInMillis: () => remainingMs }),
  };
}

interface Line {
  readonly kind: string;
  readonly origin: string;
  readonly ingestedBy: string;
  readonly trace: string;
  readonly event?: { readonly eventId: string; readonly eventType: string };
  readonly rejection?: { readonly code: string; readonly message: string };
}

const parse = (lines: Buffer): Line[] =>
  lines
    .toString()
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as Line);
const linesOf = async (log: EventLog): Promise<Line[]> =>
  (await log.read(0, 64 * 1024 * 1024)).flatMap(({ lines }) => parse(lines));
const idsOf = (lines: readonly Line[]): unknown[] =>
  lines.map(({ event, rejection }) => event?.eventId ?? rejection?.code);

const insertOf = (id: string): StreamRecord => anInsert(anItem({ event_id: s(id) }));
const sequenceOf = ({ dynamodb }: StreamRecord): string => dynamodb.SequenceNumber;
const everything = { batchItemFailures: [] };
const from = (record: StreamRecord) => ({ batchItemFailures: [{ itemIdentifier: sequenceOf(record) }] });

describe('a batch', () => {
  test('is durable in its order when it is answered, by the table’s name', async () => {
    const log = place.openLog('log');
    const { invoke, steps } = start(log);
    const changed = aModify();
    expect(await invoke([insertOf('a'), anInsert(aNestedItem()), changed, insertOf('b')])).toEqual(everything);
    const lines = await linesOf(log);
    expect(idsOf(lines)).toEqual(['a', 'evt_2', changed.eventID, 'b']);
    for (const line of lines) {
      expect(line).toMatchObject({
        kind: 'EVENT',
        origin: 'DYNAMODB',
        ingestedBy: 'dynamodb:audit_events',
        trace: 'request-1',
      });
    }
    expect(steps).toEqual(['open', 'durable', 'durable', 'durable', 'durable', 'close']);
  });

  test('travels together: one commit, not one for each record', async () => {
    const log = place.openLog('log');
    await start(log).invoke(Array.from({ length: 100 }, (_, index) => insertOf(`e${index}`)));
    expect(await log.read(0, 64 * 1024 * 1024)).toHaveLength(1);
  });

  test('is not held up by records that are bad: each leaves a REJECTED line with its reason', async () => {
    const log = place.openLog('log');
    const { invoke, metrics } = start(log);
    const imageless = { ...insertOf('x'), dynamodb: { ...insertOf('x').dynamodb, NewImage: undefined } };
    const poison = [null, 'text', { eventName: 'INSERT' }, imageless, anInsert(anItem({ user_id: { X: 1 } }))];
    expect(await invoke([insertOf('a'), ...poison, anInsert(anItem({ action: s('') })), insertOf('b')])).toEqual(
      everything,
    );
    const lines = await linesOf(log);
    expect(idsOf(lines)).toEqual(['a', ...Array(6).fill('INVALID_EVENT'), 'b']);
    expect(lines.map(({ rejection }) => rejection?.message.split(' ')[0])).toEqual([
      undefined,
      'The',
      'The',
      'dynamodb',
      'dynamodb.NewImage',
      'dynamodb.NewImage.user_id',
      'action',
      undefined,
    ]);
    expect(metrics()).toMatchObject({ records: 8, accepted: 2, rejected: 6, failures: 0 });
  });

  test('skips and counts what the time to live removed, and opens nothing for that alone', async () => {
    const log = place.openLog('log');
    const { invoke, metrics, steps } = start(log);
    expect(await invoke([anExpiry(), insertOf('a'), anExpiry()])).toEqual(everything);
    expect(metrics()).toMatchObject({ records: 3, accepted: 1, skippedByTtl: 2 });
    steps.length = 0;
    expect(await invoke([anExpiry()])).toEqual(everything);
    expect(await invoke([])).toEqual(everything);
    expect(steps).toEqual([]);
    expect(idsOf(await linesOf(log))).toEqual(['a']);
  });

  test('that is delivered again is the same events, each counted once', async () => {
    const log = place.openLog('log');
    const records = [insertOf('a'), aModify(), aRemove(), anInsert(aNestedItem())];
    await start(log).invoke(records);
    await start(log).invoke(structuredClone(records));
    await start(log).invoke(structuredClone(records.slice(2)));
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const { loader } = await startLoader({ stream: log, warehouse, sql: sql.load });
    await loadAll(loader);
    await createRefresh({ warehouse, sql, clock }).refresh();
    const rows = await select(warehouse, 'select event_id, event_type from audit_events_mart order by event_id');
    expect(rows.map(({ event_type }) => event_type).sort()).toEqual([
      'AUDIT_RECORD_CHANGED',
      'AUDIT_RECORD_REMOVED',
      'DATA_ACCESS',
      'DATA_ACCESS',
    ]);
    expect(await select(warehouse, 'select code from audit_events_errors')).toEqual([]);
  });

  test('of something else than a stream is an error that says what to do', async () => {
    const handler = createDynamodbHandler({
      openAppender: () => Promise.reject(new Error('never')),
      clock,
      mapping: null,
      pseudonymOf,
      ignoredAttributes: new Set(),
      write: () => undefined,
    });
    const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 1_000 };
    await expect(handler({ hello: 'world' } as never, context)).rejects.toThrow(/event source mapping/);
  });
});

describe('what is not durable', () => {
  const refusing = (log: EventLog, isRefused: (body: string) => boolean): Partial<DynamodbHandlerDeps> => ({
    openAppender: async () => {
      const appender = await createAppender({ stream: log, clock });
      return {
        append: (drafts) =>
          drafts.some(({ body }) => isRefused(body))
            ? Promise.reject(new Error('the shard takes nothing'))
            : appender.append(drafts),
        close: async () => undefined,
      };
    },
  });

  test('comes again from the first of it on, whatever behind it is durable', async () => {
    const log = place.openLog('log');
    const records = ['a', 'b', 'c', 'd', 'e'].map(insertOf);
    const { invoke, metrics } = start(
      log,
      refusing(log, (body) => body.includes('"eventId":"c"') || body.includes('"eventId":"e"')),
    );
    expect(await invoke(records)).toEqual(from(records[2] as StreamRecord));
    expect(idsOf(await linesOf(log))).toEqual(['a', 'b', 'd']);
    expect(metrics()).toMatchObject({ records: 5, accepted: 2, failures: 3 });
    expect(metrics().notes).toEqual([`${sequenceOf(records[2] as StreamRecord)}: Error: the shard takes nothing`]);
  });

  test('comes until all of it is durable, nothing is left out, and every record is counted when it is done with', async () => {
    const kinds = fc.constantFrom('good', 'bad', 'expired');
    const refusals = fc.infiniteStream(fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(kinds, { maxLength: 12 }), refusals, async (batch, refused) => {
        const durable = new Set<string>();
        const { invoke, written } = start(createHeldStream(), {
          openAppender: async () => ({
            append: async ([draft]) => {
              if (refused.next().value) throw new Error('the shard takes nothing');
              durable.add(/evt_[0-9]+/.exec(draft?.body ?? '')?.[0] ?? '');
              return { receivedAt: NOW, firstSeq: 1 };
            },
            close: async () => undefined,
          }),
        });
        const records = batch.map((kind, index) =>
          kind === 'expired'
            ? anExpiry()
            : anInsert(anItem({ event_id: s(`evt_${index}`), ...(kind === 'bad' && { action: s('') }) })),
        );
        let left = records;
        for (let attempts = 0; left.length > 0 && attempts < 1_000; attempts += 1) {
          const [failure] = (await invoke(left)).batchItemFailures;
          left = failure ? left.slice(left.map(sequenceOf).indexOf(failure.itemIdentifier)) : [];
        }
        expect(left).toEqual([]);
        const wanted = batch.flatMap((kind, index) => (kind === 'expired' ? [] : [`evt_${index}`]));
        expect([...durable].sort()).toEqual(wanted.sort());
        const sums = { accepted: 0, rejected: 0, skippedByTtl: 0 };
        for (const line of written.map((text) => JSON.parse(text) as typeof sums)) {
          for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += line[name];
        }
        const of = (wantedKind: string) => batch.filter((kind) => kind === wantedKind).length;
        expect(sums).toEqual({ accepted: of('good'), rejected: of('bad'), skippedByTtl: of('expired') });
      }),
      { numRuns: 100 },
    );
  });

  test('of a bad record comes again too: its REJECTED line is not lost', async () => {
    const log = place.openLog('log');
    const bad = anInsert(anItem({ action: s('') }));
    const { invoke } = start(
      log,
      refusing(log, (body) => body.startsWith('"rejection"')),
    );
    expect(await invoke([insertOf('a'), bad, insertOf('b')])).toEqual(from(bad));
  });

  test('is everything when the stream refuses, and retries count up to the records', async () => {
    const stream = createHeldStream();
    const { invoke, metrics } = start(stream);
    const records = [anExpiry(), insertOf('a'), insertOf('b')];
    const refused = invoke(records);
    await endNext(stream, 'refused');
    expect(await refused).toEqual(from(records[1] as StreamRecord));
    expect(metrics()).toMatchObject({ accepted: 0, skippedByTtl: 1, failures: 2 });
    const again = invoke(records.slice(1));
    await endNext(stream, 'durable');
    expect(await again).toEqual(everything);
    expect(metrics()).toMatchObject({ accepted: 2, skippedByTtl: 0, failures: 0 });
  });

  test('is everything when the node cannot be opened', async () => {
    const first = insertOf('a');
    const { invoke, metrics } = start(createHeldStream(), {
      openAppender: () => Promise.reject(new Error('no stream of that name')),
    });
    expect(await invoke([anExpiry(), first, insertOf('b')])).toEqual(from(first));
    expect(metrics()).toMatchObject({ skippedByTtl: 1, failures: 2, notes: [expect.stringContaining('no stream')] });
  });

  test('is everything when the node opens too late, and that one is closed', async () => {
    let open: (appender: InvocationAppender) => void = () => undefined;
    const { invoke } = start(createHeldStream(), {
      openAppender: () =>
        new Promise((resolve) => {
          open = resolve;
        }),
    });
    const first = insertOf('a');
    expect(await invoke([first], 200)).toEqual(from(first));
    await new Promise<void>((closed) => {
      open({ append: () => Promise.reject(new Error('nothing is appended')), close: async () => closed() });
    });
  });

  test('when the time is over comes again, and the answer is in time', async () => {
    const stream = createHeldStream();
    const records = [insertOf('a'), insertOf('b')];
    const { invoke, metrics, steps } = start(stream);
    const startedAt = performance.now();
    expect(await invoke(records, 1_000)).toEqual(from(records[0] as StreamRecord));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(metrics().notes).toEqual([expect.stringContaining('time of the invocation')]);
    expect(steps).toEqual(['open', 'close']);
    // Late: it is durable after all, and the same again when it is delivered again.
    await endNext(stream, 'durable');
    expect(stream.log).toHaveLength(1);
  });

  test('when no time is left at all is everything', async () => {
    const first = insertOf('a');
    expect(await start(createHeldStream()).invoke([first], 0)).toEqual(from(first));
  });

  test('of a record without a number is all of the batch', async () => {
    const nameless = { ...insertOf('a'), dynamodb: { ...insertOf('a').dynamodb, SequenceNumber: undefined } };
    const { invoke } = start(createHeldStream(), { openAppender: () => Promise.reject(new Error('no')) });
    expect(await invoke([nameless])).toEqual({ batchItemFailures: [{ itemIdentifier: '' }] });
  });
});

describe('closing', () => {
  const closing = (log: EventLog, close: InvocationAppender['close']): Partial<DynamodbHandlerDeps> => ({
    openAppender: async () => {
      const { append } = await createAppender({ stream: log, clock });
      return { append, close };
    },
  });

  test('that fails makes nothing come again: the events are durable, and the log says what waits', async () => {
    const log = place.openLog('log');
    const { invoke, metrics } = start(
      log,
      closing(log, () => Promise.reject(new Error('no'))),
    );
    expect(await invoke([insertOf('a')])).toEqual(everything);
    expect(metrics()).toMatchObject({ accepted: 1, notes: [expect.stringContaining('watermark')] });
  });

  test('that takes too long holds the answer no longer than there is time', async () => {
    const log = place.openLog('log');
    const { invoke, metrics } = start(
      log,
      closing(log, () => new Promise(() => undefined)),
    );
    expect(await invoke([insertOf('a')], 300)).toEqual(everything);
    expect(metrics()).toMatchObject({ accepted: 1, notes: [expect.stringContaining('watermark')] });
  });
});

test('the line of an invocation is metrics that CloudWatch reads', async () => {
  const { invoke, written } = start(place.openLog('log'));
  await invoke([insertOf('a'), anExpiry()]);
  expect(written).toHaveLength(1);
  expect(written[0]).toMatch(/^\{.*\}\n$/);
  const { _aws, ...values } = JSON.parse(written[0] as string) as {
    _aws: { Timestamp: number; CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
    [name: string]: unknown;
  };
  const [directive] = _aws.CloudWatchMetrics;
  for (const { Name } of directive?.Metrics ?? []) expect(typeof values[Name]).toBe('number');
  expect(directive?.Metrics).toHaveLength(6);
  for (const name of directive?.Dimensions.flat() ?? []) expect(values[name]).toBe('audit_events');
  expect(_aws.Timestamp).toBe(NOW);
});

test('a stream of another view type is said, and changes still leave an event', async () => {
  const log = place.openLog('log');
  const { invoke, metrics } = start(log);
  const record = aModify();
  const keysOnly = {
    ...record,
    dynamodb: { ...record.dynamodb, OldImage: undefined, NewImage: undefined, StreamViewType: 'KEYS_ONLY' },
  };
  expect(await invoke([keysOnly])).toEqual(everything);
  expect(metrics().notes).toEqual([expect.stringContaining('NEW_AND_OLD_IMAGES')]);
  expect(idsOf(await linesOf(log))).toEqual([record.eventID]);
});

/** Ends the next append of the stream, as soon as there is one. */
async function endNext(stream: HeldStream, outcome: 'durable' | 'refused'): Promise<void> {
  for (let turns = 0; stream.held === 0; turns += 1) {
    if (turns > 1_000) throw new Error('nothing was appended');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await stream.end(outcome);
}
