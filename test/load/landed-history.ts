import fc from 'fast-check';
import type { LineDraft } from '../../src/domain/envelope.ts';
import { createBucketAppender } from '../../src/ingest/bucket-appender.ts';
import { createLedger, type Ledger } from '../../src/ingest/ledger.ts';
import type { PackedRecord } from '../../src/ports/event-stream.ts';
import { createHeldBuckets, type Outcome } from '../ingest/held-buckets.ts';
import { createManualTimers } from '../ingest/manual-timers.ts';
import { anEvent, contentHash, eventJson } from '../marts/delivery.ts';
import { NOW } from './pipeline.ts';

export const BUCKETS = 3;
const NODES = 3;

/** What happens to one of the nodes, or to all of them. */
export type HistoryStep =
  | { readonly do: 'append'; readonly node: number; readonly users: readonly number[] }
  | { readonly do: 'seconds'; readonly count: number }
  | { readonly do: 'milliseconds'; readonly ms: number }
  | { readonly do: 'end'; readonly which: number; readonly outcome: Outcome }
  | { readonly do: 'replace'; readonly node: number; readonly how: 'close' | 'die' | 'reopen' };

export const aHistory: fc.Arbitrary<readonly HistoryStep[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        node: fc.nat(NODES - 1),
        users: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('seconds' as const), count: fc.constantFrom(1, 1, 2, 3, 5, 65) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('milliseconds' as const), ms: fc.integer({ min: 1, max: 200 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('end' as const),
        which: fc.nat(5),
        outcome: fc.constantFrom<Outcome>('durable', 'refused', 'lost answer'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('replace' as const),
        node: fc.nat(NODES - 1),
        how: fc.constantFrom('close' as const, 'die' as const, 'reopen' as const),
      }),
    },
  ),
  { minLength: 4, maxLength: 35 },
);

export interface LandedRecord extends PackedRecord {
  /** True where the node told that the stream had not taken it. */
  readonly isGivenUp: boolean;
}

/** A node of its own clock, whose records come to nothing any more once it is dead. */
interface Node {
  readonly ledger: Ledger;
  isDead: boolean;
}

/**
 * Runs the real appender and ledger of several nodes on one stream; every second each node ticks and what is in flight
 * is taken. Answers what is in the stream, in the order it came. At the end all nodes but the last are closed, and that
 * one lives on long enough for the dead ones to be silent.
 */
export async function runHistory(steps: readonly HistoryStep[]): Promise<{
  readonly records: readonly LandedRecord[];
  /** Nodes that ended without a word. */
  readonly dead: ReadonlySet<string>;
}> {
  const held = createHeldBuckets(BUCKETS);
  const { timers, pass } = createManualTimers();
  const givenUp = new Set<PackedRecord>();
  const dead = new Set<string>();
  let names = 0;
  let events = 0;

  const end = async (outcome: Outcome, which = 0): Promise<void> => {
    const one = held.held()[which];
    if (!one) return;
    const [line] = one.record.lines.toString().split('\n', 1);
    const { node } = JSON.parse(line as string) as { node: string };
    if (outcome === 'lost answer' && !dead.has(node)) givenUp.add(one.record);
    await held.end(outcome, which);
  };
  const endAll = async (): Promise<void> => {
    while (held.held().length > 0) await end('durable');
  };
  /** Lets it come about, a little at a time. */
  const finish = async (work: Promise<unknown>): Promise<void> => {
    let done = false;
    const watched = work.finally(() => {
      done = true;
    });
    for (let rounds = 0; !done && rounds < 1_000; rounds += 1) {
      await endAll();
      await pass(10);
    }
    await watched;
  };
  const startNode = async (place: number): Promise<Node> => {
    names += 1;
    const name = `node-${place}-${names}`;
    // Clocks differ, by a little less than the watermark allows for.
    const clock = { now: () => NOW - 3_600_000 + timers.now() + (place === 0 ? -480 : 480) };
    const appender = createBucketAppender({
      stream: {
        buckets: BUCKETS,
        append: (records, options) =>
          dead.has(name) ? new Promise<never>(() => undefined) : held.stream.append(records, options),
      },
      clock,
      timers,
      node: name,
    });
    const ledger = createLedger({ appender, clock, timers, isNeeded: true, onFailure: () => undefined });
    await finish(ledger.open());
    return {
      ledger,
      get isDead() {
        return dead.has(name);
      },
      set isDead(_value) {
        dead.add(name);
      },
    };
  };
  const nodes: Node[] = [];
  for (let place = 0; place < NODES; place += 1) nodes.push(await startNode(place));

  const draftOf = (user: number): LineDraft => {
    events += 1;
    const event = anEvent({ eventId: `e-${events}`, userId: `usr-${user}` });
    return {
      orderKey: `usr-${user}`,
      kind: 'EVENT',
      origin: 'API',
      ingestedBy: 'svc',
      trace: null,
      body: `"sha256":"${contentHash(event)}","event":${eventJson(event)}`,
    };
  };
  const liveOn = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      for (const { ledger, isDead } of nodes) if (!isDead) void ledger.tick();
      for (const ms of [200, 400, 400]) {
        await pass(ms);
        await endAll();
      }
    }
  };
  const take = async (step: HistoryStep): Promise<void> => {
    switch (step.do) {
      case 'append':
        nodes[step.node]?.ledger.append(step.users.map(draftOf)).catch(() => undefined);
        return;
      case 'seconds':
        return liveOn(step.count);
      case 'milliseconds':
        return pass(step.ms);
      case 'end':
        return end(step.outcome, step.which % Math.max(1, held.held().length));
      case 'replace': {
        const node = nodes[step.node] as Node;
        if (step.how === 'die') node.isDead = true;
        else await finish(node.ledger.close());
        // As a function's process does, between two invocations.
        if (step.how === 'reopen') await finish(node.ledger.open());
        else nodes[step.node] = await startNode(step.node);
      }
    }
  };
  for (const step of steps) await take(step);
  await liveOn(1);
  for (const { ledger } of nodes.slice(0, -1)) await finish(ledger.close());
  nodes.splice(0, nodes.length - 1);
  await liveOn(63);
  return { records: held.log.map((record) => ({ ...record, isGivenUp: givenUp.has(record) })), dead };
}

export interface LandedHistoryFile {
  readonly file: string;
  readonly records: readonly LandedRecord[];
}

/** How the stream is cut into files and in which order these come. */
export interface HistoryDelivery {
  /** Records of one bucket in one file, taken round and round. */
  readonly cuts: readonly number[];
  /** What decides which file comes next, taken round and round. */
  readonly picks: readonly number[];
  /** Files that come a second time: which, and before which delivery. */
  readonly again: readonly { readonly file: number; readonly before: number }[];
  /** True: files of one bucket come in their order. */
  readonly isInOrder: boolean;
}

export const aDelivery = (isInOrder: boolean): fc.Arbitrary<HistoryDelivery> =>
  fc.record({
    cuts: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
    picks: fc.array(fc.nat(1_000), { minLength: 1, maxLength: 60 }),
    again: fc.array(fc.record({ file: fc.nat(40), before: fc.nat(40) }), { maxLength: 3 }),
    isInOrder: fc.constant(isInOrder),
  });

/** Every file at least once. */
export function deliver(
  records: readonly LandedRecord[],
  { cuts, picks, again, isInOrder }: HistoryDelivery,
): readonly LandedHistoryFile[] {
  const queues: LandedHistoryFile[][] = [];
  let cut = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    const own = records.filter((record) => record.bucket === bucket);
    const files: LandedHistoryFile[] = [];
    for (let from = 0; from < own.length; cut += 1) {
      const to = from + (cuts[cut % cuts.length] as number);
      files.push({ file: `events/${bucket}-${files.length}`, records: own.slice(from, to) });
      from = to;
    }
    queues.push(files);
  }
  const all = queues.flat();
  const order: LandedHistoryFile[] = [];
  for (let step = 0; order.length < all.length; step += 1) {
    const pick = picks[step % picks.length] as number;
    const waiting = queues.filter((files) => files.length > 0);
    const queue = waiting[pick % waiting.length] as LandedHistoryFile[];
    const [next] = queue.splice(isInOrder ? 0 : pick % queue.length, 1);
    order.push(next as LandedHistoryFile);
  }
  const doubled = [...order];
  for (const { file, before } of again) {
    const copy = order[file % order.length] as LandedHistoryFile;
    doubled.splice(before % (doubled.length + 1), 0, { ...copy, file: `${copy.file}-again-${doubled.length}` });
  }
  return doubled;
}

/**
 * Lines with how often their node had been opened before each of them: what announces a node again after it closed is
 * its next opening line.
 */
export function withSessions(lines: readonly HistoryLine[]): readonly (HistoryLine & { readonly session: number })[] {
  const sessions = new Map<string, { number: number; isClosed: boolean }>();
  return [...lines]
    .sort((a, b) => a.seq - b.seq)
    .map((line) => {
      const session = sessions.get(line.node) ?? { number: 1, isClosed: false };
      sessions.set(line.node, session);
      if (line.ledger?.state === 'CLOSED') session.isClosed = true;
      else if (session.isClosed) {
        session.isClosed = false;
        session.number += 1;
      }
      return { ...line, session: session.number };
    });
}

export interface HistoryLine {
  readonly node: string;
  readonly seq: number;
  readonly receivedAt: number;
  readonly kind: string;
  readonly eventId: string | null;
  readonly isGivenUp: boolean;
  readonly ledger: { readonly state: string; readonly refused: unknown } | null;
}

export const linesOfFile = ({ records }: LandedHistoryFile): HistoryLine[] => records.flatMap(linesOfRecord);

export const linesOfRecord = ({ lines, isGivenUp }: LandedRecord): HistoryLine[] =>
  lines
    .toString()
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => {
      const line = JSON.parse(text);
      return {
        node: line.node,
        seq: line.seq,
        receivedAt: Date.parse(line.receivedAt),
        kind: line.kind,
        eventId: line.event?.eventId ?? null,
        isGivenUp,
        ledger: line.ledger ?? null,
      };
    });
