import { randomUUID } from 'node:crypto';
import { EVERY_ROW, ROLES } from '../src/domain/caller.ts';
import { createAccept } from '../src/ingest/accept.ts';
import { createBucketAppender } from '../src/ingest/bucket-appender.ts';
import { createLedger } from '../src/ingest/ledger.ts';
import { systemClock } from '../src/ports/clock.ts';
import type { EventStream } from '../src/ports/event-stream.ts';

const BATCH = 100;
const USERS = 50;

/** What a gateway puts into the stream for so many events, in its own words: events and ledger lines. */
export async function landedLines({
  events,
  node,
}: {
  readonly events: number;
  readonly node: string;
}): Promise<Buffer> {
  const lines: Buffer[] = [];
  const stream: Pick<EventStream, 'buckets' | 'append'> = {
    buckets: 4,
    append: async (records) => {
      for (const record of records) lines.push(record.lines);
    },
  };
  const clock = systemClock;
  const ledger = createLedger({
    appender: createBucketAppender({ stream, clock, node }),
    clock,
    isNeeded: true,
    onFailure: (error) => {
      throw error;
    },
  });
  const accept = createAccept({ appender: ledger, clock, mapping: null, pseudonymOf: (userId) => `p-${userId}` });
  const caller = { subject: 'bench', roles: ROLES, scope: EVERY_ROW, masks: new Set<never>() };
  await ledger.open();
  for (let sent = 0; sent < events; sent += BATCH) await accept(caller, Array.from({ length: BATCH }, anEvent));
  await ledger.tick();
  await ledger.close();
  return Buffer.concat(lines);
}

const anEvent = (_: unknown, index: number) => ({
  eventId: randomUUID(),
  timestamp: new Date().toISOString(),
  eventType: 'DATA_ACCESS',
  action: 'READ',
  userId: `usr-${index % USERS}`,
  outcome: 'SUCCESS',
});
