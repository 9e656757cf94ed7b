import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLmdbEventLog } from '../../src/adapters/event-stream/lmdb-event-log.ts';
import { openDuckdb } from '../../src/adapters/warehouse/open-duckdb.ts';
import { type Coordinates, type EnvelopeKind, type Origin, writeLine } from '../../src/domain/envelope.ts';
import { createLoader } from '../../src/load/loader.ts';
import { type Reconciliation, reconcile } from '../../src/load/reconcile.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { SqlFile, SqlRow, Warehouse } from '../../src/ports/warehouse.ts';
import { anEvent, contentHash, eventJson } from '../marts/delivery.ts';

export const NOW = Date.UTC(2024, 5, 1);
const clock = { now: () => NOW };

/** Writes one line at the place it is given. */
export type LineAt = (at: Coordinates, receivedAt: string) => string;

export const line =
  (kind: EnvelopeKind, body: string, origin: Origin = 'API'): LineAt =>
  (at, receivedAt) =>
    writeLine({ kind, origin, ingestedBy: 'svc-import', trace: null, body }, at, receivedAt);

export function eventLine(fields: Parameters<typeof anEvent>[0] = {}, origin: Origin = 'API'): LineAt {
  const event = anEvent(fields);
  return line('EVENT', `"sha256":"${contentHash(event)}","event":${eventJson(event)}`, origin);
}

export const rejectedLine = (code = 'INVALID_EVENT'): LineAt =>
  line(
    'REJECTED',
    `"rejection":{"code":"${code}","message":"no","path":[],"eventId":null,"source":null,"document":null}`,
  );

/** The line with one text of it replaced, which must be there. */
export const spoiled =
  (writer: LineAt, from: string | RegExp, to: string): LineAt =>
  (at, receivedAt) => {
    const text = writer(at, receivedAt);
    if (text.search(from) === -1) throw new Error(`no ${from} in ${text}`);
    return text.replace(from, to);
  };

/** Appends one record of these lines behind the head, received a second after the one before it. */
export async function append(
  stream: EventLog,
  lines: readonly LineAt[],
  asBytes: (text: string) => Buffer = (text) => Buffer.from(text),
): Promise<void> {
  const head = await stream.head();
  const receivedAt = Math.max(head.receivedAt, NOW - 3_600_000) + 1_000;
  const text = lines
    .map((write, index) =>
      write({ node: head.node, epoch: head.epoch, seq: head.seq + 1 + index }, new Date(receivedAt).toISOString()),
    )
    .join('');
  await stream.append([
    { bucket: 0, firstSeq: head.seq + 1, lastSeq: head.seq + lines.length, receivedAt, lines: asBytes(text) },
  ]);
}

/** Folders of logs and warehouses, all closed and removed at the end of a test. */
export function createPlace() {
  const directory = mkdtempSync(join(tmpdir(), 'trailgate-load-'));
  const toClose: (() => Promise<unknown>)[] = [];
  return {
    path: (name: string): string => join(directory, name),
    openLog: (name: string): EventLog => {
      const stream = createLmdbEventLog({ path: join(directory, name), limitBytes: 64 * 1024 * 1024 });
      toClose.push(() => stream.close());
      return stream;
    },
    openWarehouse: async (name: string) => {
      const opened = await openDuckdb({
        path: join(directory, `${name}.duckdb`),
        temporaryDirectory: directory,
        threads: 1,
        memoryLimitMiB: 512,
        readers: 1,
        sqlDirectory: join(process.cwd(), 'sql'),
        timeZone: 'UTC',
        now: () => NOW,
      });
      toClose.push(() => opened.warehouse.close());
      return opened;
    },
    remove: async (): Promise<void> => {
      for (const close of toClose.reverse()) await close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export type Place = ReturnType<typeof createPlace>;

interface Parts {
  readonly stream: EventLog;
  readonly warehouse: Warehouse;
  readonly sql: SqlFile;
}

/** A loader as at a start of the server: reconciled first. */
export async function startLoader({ stream, warehouse, sql }: Parts, settledBefore = NOW) {
  const reconciliation: Reconciliation = await reconcile({ stream, warehouse }, NOW);
  const loader = createLoader(
    { stream, warehouse, sql, clock, settledBefore: () => settledBefore },
    reconciliation.position,
  );
  return { loader, ...reconciliation };
}

export async function loadAll(loader: ReturnType<typeof createLoader>): Promise<void> {
  while (!(await loader.loadNext()).caughtUp);
}

export const select = (warehouse: Warehouse, sql: string): Promise<SqlRow[]> =>
  warehouse.read({ timeoutMs: 60_000 }, (reader) => reader.all({ sql, parameters: [] }));

export const eventIds = async (warehouse: Warehouse): Promise<unknown[]> =>
  (await select(warehouse, 'select event_id from audit_events_raw order by ingest_epoch, ingest_seq')).map(
    (row) => row.event_id,
  );
