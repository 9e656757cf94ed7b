import { createSnowflakeLanding } from '../../src/adapters/landing/snowflake-landing.ts';
import type { LandedChunk, Landing } from '../../src/ports/landing.ts';
import type { Query, SqlFile, SqlRow, Warehouse, Writer } from '../../src/ports/warehouse.ts';
import { SNOWFLAKE_NAMES } from '../rigs/snowflake/names.ts';
import type { On } from './both-engines.ts';

/** One file that has landed, on either engine. */
export function landedOn(
  { engine, inOwnWay }: On,
  { lines, stage }: { lines: readonly string[]; stage: SqlFile },
): Landing {
  if (engine === 'duckdb') return { next: async () => chunkOf(lines, inOwnWay) };
  return {
    next: () =>
      inOwnWay(async (ask) => {
        const landing = createSnowflakeLanding({
          warehouse: answering(ask),
          sql: stage,
          landingSchema: SNOWFLAKE_NAMES.landingSchema,
        });
        const chunk = await landing.next();
        return chunk && { ...chunk, stage: (_writer, stageLines) => chunk.stage(writerOf(ask), stageLines) };
      }),
  };
}

/** Lines that pass through this process. */
const chunkOf = (lines: readonly string[], inOwnWay: On['inOwnWay']): LandedChunk => ({
  files: ['events/one.ndjson.gz'],
  bytes: lines.join('').length,
  last: true,
  before: () => null,
  stage: (writer, stageLines) =>
    inOwnWay(() =>
      stageLines(writer, [
        {
          file: 'events/one.ndjson.gz',
          firstRow: 1,
          rows: lines.length,
          lines: Buffer.from(lines.join('')),
          unreadable: [],
        },
      ]),
    ),
});

/** Snowflake as its landing sees it: a stream that has one file, all of whose lines can be read. */
const writerOf = (ask: (query: Query) => void): Writer =>
  ({
    all: async <R = SqlRow>(query: Query): Promise<R[]> => {
      ask(query);
      if (query.sql.includes('has_data')) return [{ has_data: true }] as R[];
      return (query.sql.includes('stg_landed') ? [] : [{ file_name: 'events/one.ndjson.gz', bytes: 1 }]) as R[];
    },
    run: async (query: Query) => {
      ask(query);
      return 0;
    },
  }) as unknown as Writer;

const answering = (ask: (query: Query) => void): Warehouse =>
  ({
    write: (_urgency: string, work: (writer: Writer) => Promise<unknown>) => work(writerOf(ask)),
  }) as unknown as Warehouse;
