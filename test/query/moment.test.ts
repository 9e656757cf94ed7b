import { FILES, isLinePosition, type LogPosition } from '../../src/domain/log-position.ts';
import { type Moment, readAtMoment } from '../../src/query/moment.ts';
import { createPlace, NOW, type Place } from '../load/pipeline.ts';

describe('the moment of a read', () => {
  let place: Place;
  beforeEach(() => {
    place = createPlace();
  });
  afterEach(() => place.remove());

  const LINE: LogPosition = { node: 'node-a', epoch: 2, seq: 40 };

  /** What a read sees when the marts stand here and this much is known besides. */
  async function momentWhere(committed: { node: string; epoch: number; seq: number }, known: Moment): Promise<Moment> {
    const { warehouse } = await place.openWarehouse('warehouse');
    await warehouse.write('load', (writer) =>
      writer.run({
        sql: `update pipeline_positions set ingest_node = ?, ingest_epoch = ?, ingest_seq = ?, data_as_of = ? where pipeline = 'refresh'`,
        parameters: [committed.node, committed.epoch, committed.seq, new Date(NOW)],
      }),
    );
    // Nothing of the dialect is needed to read a moment.
    const deps = { warehouse, freshness: () => known, queryTimeoutMs: 10_000 } as Parameters<typeof readAtMoment>[0];
    return readAtMoment(deps, async (_reader, moment) => moment);
  }

  test('is later than what was committed while nothing is behind the same line of the log', async () => {
    const known = { position: LINE, dataAsOf: NOW + 5_000 };
    expect(await momentWhere(LINE as never, known)).toEqual({ position: LINE, dataAsOf: NOW + 5_000 });
  });

  test('is what was committed at any other line, and never earlier', async () => {
    const behind = { position: { ...LINE, seq: 39 } as LogPosition, dataAsOf: NOW + 5_000 };
    expect((await momentWhere(LINE as never, behind)).dataAsOf).toBe(NOW);
  });

  test('is what was committed where files are loaded, whatever is known besides, and its place is a time', async () => {
    for (const position of [{ at: NOW + 5_000 }, { at: NOW }, FILES, LINE]) {
      const moment = await momentWhere(FILES, { position, dataAsOf: NOW + 5_000 });
      expect(moment).toEqual({ position: { at: NOW }, dataAsOf: NOW });
      expect(isLinePosition(moment.position)).toBe(false);
      await place.remove();
      place = createPlace();
    }
  });
});
