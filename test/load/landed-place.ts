import { writeLine } from '../../src/domain/envelope.ts';
import { type LedgerState, writeLedgerBody } from '../../src/domain/ledger.ts';
import type { NumberRange } from '../../src/domain/number-ranges.ts';
import { createLandedLoader } from '../../src/load/landed-loader.ts';
import type { LandedChunk, LandedLines, Landing } from '../../src/ports/landing.ts';
import type { SqlFile, Warehouse } from '../../src/ports/warehouse.ts';
import { eventLine, type LineAt, NOW } from './pipeline.ts';

/** When nodes of these tests begin; a line of number n is received n seconds later unless told otherwise. */
export const START = NOW - 3_600_000;

export interface AtNode {
  readonly node?: string;
  readonly seq: number;
  readonly receivedAt?: number;
}

const placed = (write: LineAt, { node = 'node-a', seq, receivedAt = START + seq * 1_000 }: AtNode): string =>
  write({ node, epoch: 1, seq }, new Date(receivedAt).toISOString());

/** The event `NODE.SEQ`, or another of this id. */
export const landedEvent = (at: AtNode, fields: Parameters<typeof eventLine>[0] = {}): string =>
  placed(eventLine({ eventId: `${at.node ?? 'node-a'}.${at.seq}`, ...fields }), at);

export const landedLine = (write: LineAt, at: AtNode): string => placed(write, at);

export function landedLedger(at: AtNode, state: LedgerState = 'LIVE', refused: readonly NumberRange[] = []): string {
  const body = writeLedgerBody({ bucket: 0, firstSeq: null, lastSeq: null, count: 0, refused, state });
  const draft = { kind: 'LEDGER', origin: 'GATEWAY', ingestedBy: 'trailgate', trace: null, body } as const;
  return placed((place, receivedAt) => writeLine(draft, place, receivedAt), at);
}

/** Files in memory; which of them are loaded says the warehouse. */
export function createMemoryLanding(warehouse: Warehouse) {
  const files: LandedLines[] = [];

  const chunkOf = (chosen: readonly LandedLines[], last: boolean): LandedChunk => ({
    files: chosen.map(({ file }) => file),
    bytes: chosen.reduce((sum, { lines }) => sum + lines.length, 0),
    last,
    stage: async (writer, stageLines) => {
      const unreadable = await stageLines(writer, chosen);
      for (const { file, rows, lines } of chosen) {
        await writer.run({
          sql: 'insert into landed_files values (?, ?, ?, true, ?)',
          parameters: [file, lines.length, rows, new Date(NOW)],
        });
      }
      return unreadable;
    },
    before: (file) => {
      const at = chosen.findIndex((one) => one.file === file);
      return at > 0 ? chunkOf(chosen.slice(0, at), false) : null;
    },
  });

  const landing: Landing = {
    next: async () => {
      const rows = await warehouse.read({ timeoutMs: 10_000 }, (reader) =>
        reader.all<{ file: string }>({ sql: 'select file from landed_files' }),
      );
      const loaded = new Set(rows.map(({ file }) => file));
      const waiting = files.filter(({ file }) => !loaded.has(file));
      const chosen = waiting.slice(0, most);
      return chosen.length > 0 ? chunkOf(chosen, chosen.length === waiting.length) : null;
    },
  };
  let most = Number.POSITIVE_INFINITY;
  return {
    landing,
    /** One more file; answers its name. */
    put: (...lines: readonly string[]): string => {
      const bytes = Buffer.from(lines.join(''));
      const file = `events/file-${files.length + 1}.ndjson`;
      const rows = bytes.filter((byte) => byte === 0x0a).length;
      files.push({ file, firstRow: 1, rows, lines: bytes, unreadable: [] });
      return file;
    },
    /** A chunk has no more files than this. */
    limitTo: (count: number): void => {
      most = count;
    },
  };
}

export type MemoryLanding = ReturnType<typeof createMemoryLanding>;

export const startLandedLoader = ({
  landing,
  warehouse,
  sql,
}: {
  readonly landing: Landing;
  readonly warehouse: Warehouse;
  readonly sql: { readonly load: SqlFile; readonly distinctLines: SqlFile };
}) => createLandedLoader({ landing, warehouse, sql, clock: { now: () => NOW } });
