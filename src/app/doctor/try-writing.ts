import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createBucketAppender } from '../../ingest/bucket-appender.ts';
import { createLedger } from '../../ingest/ledger.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import { about, type Check, type Finding } from '../../ports/checkup.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { EventStream } from '../../ports/event-stream.ts';

/** What is not done unless it is asked for. */
export const notTried = (subject: string, what: string): Check => ({
  subject,
  run: async () => [about(subject).skip(`was not tried; with --write ${what}`)],
});

const trying = (subject: string, run: (signal: AbortSignal) => Promise<string>): Check => ({
  subject,
  run: async (signal): Promise<Finding[]> => [about(subject).ok(await run(signal))],
});

const mark = (): string => randomBytes(6).toString('hex');

/** Less than a check may take: a ledger that was opened must still be closed. */
const OPEN_MS = 4_000;
const CLOSE_MS = 8_000;

/**
 * A node's ledger, opened and closed: a line of each into every bucket, as of a gateway that took nothing. What loads
 * them goes by them as by any other.
 */
export const tryStream = (stream: EventStream, clock: Clock): Check =>
  trying('Kinesis writing', async () => {
    const startedAt = clock.now();
    const node = `doctor-${mark()}`;
    const ledger = createLedger({
      appender: createBucketAppender({ stream, clock, node }),
      clock,
      isNeeded: true,
      onFailure: () => undefined,
    });
    // Closed whatever came of it: some buckets may have its opening line.
    const opened = await settled(ledger.open({ until: startedAt + OPEN_MS }));
    const closed = await settled(ledger.close({ until: startedAt + CLOSE_MS }));
    for (const { failure } of [opened, closed]) if (failure) throw failure;
    return `is allowed; ${node} opened and closed a ledger in ${stream.buckets} buckets`;
  });

const settled = (work: Promise<void>): Promise<{ readonly failure: unknown }> =>
  work.then(
    () => ({ failure: null }),
    (failure: unknown) => ({ failure }),
  );

export const tryBlobs = (blobs: BlobStore): Check =>
  trying('S3 writing', async () => {
    const key = `doctor/${mark()}`;
    const body = Buffer.from('Written by trailgate doctor. It may be removed.\n');
    await blobs.put(key, body, { contentType: 'text/plain' });
    try {
      const back = await buffer(await blobs.get(key));
      if (!back.equals(body)) throw new Error(`The object ${key} did not come back as it was written.`);
    } finally {
      await blobs.remove(key);
    }
    return 'is allowed; an object was put, read and removed';
  });

const LEASE_MS = 10_000;

export const tryControl = (control: ControlStore): Check =>
  trying('control writing', async () => {
    const holder = `doctor-${mark()}`;
    const lease = await control.lease('doctor', holder, LEASE_MS);
    if (!lease) return 'is allowed; another doctor has the lease just now';
    await control.release('doctor', holder);
    return 'is allowed; a lease was taken and given back';
  });
