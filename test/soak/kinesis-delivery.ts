import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { EventStream } from '../../src/ports/event-stream.ts';

export interface DeliveryOptions {
  readonly stream: EventStream;
  readonly put: (key: string, body: Buffer) => Promise<unknown>;
  /** In the order of the shard. */
  readonly onLines: (lines: Buffer) => void;
  readonly random: () => number;
  /** What keys begin with. */
  readonly prefix: string;
}

/** Firehose gathers on several machines; each writes files of its own. */
const WORKERS = 2;
const FULL_BYTES = 2 * 1024 * 1024;
const CUT_MS = { from: 1_000, to: 5_000 };
/** Of files: later than the ones behind them; whole once more under another name; once more in front of the next file. */
const SHARES = { late: 0.1, again: 0.06, overlapping: 0.04 };
const LATE_MS = { from: 4_000, to: 25_000 };

/**
 * Stands in for Firehose: joins the records of the stream into objects of lines under the keys that Firehose would give
 * them, at its own pace, with what Firehose does now and then: files that come late, and lines that come twice.
 */
export function startDelivery({ stream, put, onLines, random, prefix }: DeliveryOptions) {
  const leaving = new AbortController();
  const { signal } = leaving;
  const figures = { records: 0, files: 0, lateFiles: 0, filesAgain: 0, overlappingFiles: 0, mostLateMs: 0 };
  const under = new Set<Promise<unknown>>();
  let failure: unknown = null;
  const between = ({ from, to }: { from: number; to: number }): number => from + random() * (to - from);
  const watch = (work: Promise<unknown>): void => {
    const watched = work
      .catch((error: unknown) => {
        if (!signal.aborted) failure ??= error;
      })
      .finally(() => under.delete(watched));
    under.add(watched);
  };

  const write = async (key: string, body: Buffer, afterMs: number): Promise<void> => {
    // At the end nobody waits: what is late comes now.
    if (afterMs > 0) await sleep(afterMs, undefined, { signal }).catch(() => undefined);
    await put(key, body);
    figures.files += 1;
  };

  const deliver = (lines: Buffer): 'done' | 'overlapping' => {
    const body = gzipSync(lines, { level: 1 });
    const isLate = random() < SHARES.late;
    const lateMs = isLate ? between(LATE_MS) : 0;
    if (isLate) figures.lateFiles += 1;
    figures.mostLateMs = Math.max(figures.mostLateMs, Math.round(lateMs));
    watch(write(keyAt(prefix), body, lateMs));
    if (random() < SHARES.again) {
      figures.filesAgain += 1;
      watch(write(keyAt(prefix), body, between(LATE_MS)));
    }
    if (random() >= SHARES.overlapping) return 'done';
    figures.overlappingFiles += 1;
    return 'overlapping';
  };

  const workers = Array.from({ length: WORKERS }, () => {
    let parts: Buffer[] = [];
    let bytes = 0;
    let timer: NodeJS.Timeout | null = null;
    const cut = (): void => {
      if (timer) clearTimeout(timer);
      timer = null;
      if (bytes === 0) return;
      const lines = Buffer.concat(parts);
      parts = deliver(lines) === 'overlapping' && !signal.aborted ? [lines] : [];
      bytes = 0;
    };
    return {
      cut,
      add: (lines: Buffer): void => {
        parts.push(lines);
        bytes += lines.length;
        timer ??= setTimeout(cut, between(CUT_MS));
        if (bytes >= FULL_BYTES) cut();
      },
    };
  });

  const follow = async (shard: string, worker: (typeof workers)[number]): Promise<void> => {
    for await (const { records } of stream.tail(shard, { phase: 'oldest' }, signal)) {
      for (const { lines } of records) {
        figures.records += 1;
        onLines(lines);
        worker.add(lines);
      }
    }
  };

  watch(
    stream.shards().then((shards) => {
      for (const [index, { id }] of shards.entries()) {
        watch(follow(id, workers[index % WORKERS] as (typeof workers)[number]));
      }
    }),
  );

  return {
    figures,
    failure: (): string | null => (failure === null ? null : String(failure)),
    /** Delivers what was read, and stops. */
    stop: async (): Promise<void> => {
      leaving.abort();
      for (const { cut } of workers) cut();
      await Promise.all(under);
    },
  };
}

/** As `prefix` and extension of infra/src/delivery.ts make them, by the time of arrival. */
function keyAt(prefix: string): string {
  const at = new Date().toISOString();
  const [year, month, day, hour] = [at.slice(0, 4), at.slice(5, 7), at.slice(8, 10), at.slice(11, 13)];
  const name = `events-1-${at.slice(0, 19).replaceAll(/[T:]/g, '-')}-${randomUUID()}.ndjson.gz`;
  return `${prefix}year=${year}/month=${month}/day=${day}/hour=${hour}/${name}`;
}
