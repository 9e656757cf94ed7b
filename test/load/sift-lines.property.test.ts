import fc from 'fast-check';
import { writeLine } from '../../src/domain/envelope.ts';
import { siftLines } from '../../src/load/sift-lines.ts';
import { stageSoundLines, UnknownEnvelopeError } from '../../src/load/stage-lines.ts';
import { anEvent, eventJson } from '../marts/delivery.ts';
import { createPlace, type Place } from './pipeline.ts';

const RECORD = { bucket: 0, firstSeq: 1, lastSeq: 3, receivedAt: Date.UTC(2024, 2, 21) };
const LOG = { node: 'node-a', epoch: 1 };

const lineAt = (seq: number): string => {
  const event = anEvent({
    eventId: `evt-${seq}`,
    userRole: 'Prüfer',
    metadata: '{"a":[1.5,"\\u00e9\\n"],"b":{"c":null}}',
  });
  return writeLine(
    {
      kind: 'EVENT',
      origin: 'API',
      ingestedBy: 'svc-import',
      trace: null,
      body: `"sha256":"00","event":${eventJson(event)}`,
    },
    { ...LOG, seq },
    new Date(RECORD.receivedAt).toISOString(),
  );
};
const text = [1, 2, 3].map(lineAt).join('');
const length = Buffer.byteLength(text);

/** Bytes and pieces that break JSON, UTF-8, types, times and line ends in as many ways as can be thought of. */
const pieces = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      '\n',
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      'null',
      '0',
      '-',
      '1e999',
      '\\',
      '\\u0000',
      '\\ud800',
      '\u0000',
      '\r',
      'true',
    )
    .map((piece) => Buffer.from(piece)),
);
const edits = fc.array(fc.record({ at: fc.nat(length), remove: fc.integer({ min: 0, max: 40 }), piece: pieces }), {
  minLength: 1,
  maxLength: 3,
});

const edited = (changes: readonly { at: number; remove: number; piece: Buffer }[]): Buffer =>
  changes.reduce<Buffer>(
    (bytes, { at, remove, piece }) => Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + remove)]),
    Buffer.from(text),
  );

describe('lines sifted out of a spoiled record', () => {
  let place: Place;
  beforeAll(() => {
    place = createPlace();
  });
  afterAll(() => place.remove());

  test('are all taken by the warehouse, and every number ends as one line or one error', async () => {
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const property = fc.asyncProperty(edits, async (changes) => {
      let sifted: ReturnType<typeof siftLines>;
      try {
        sifted = siftLines([{ ...RECORD, lines: edited(changes) }], LOG);
      } catch (error) {
        expect(error).toBeInstanceOf(UnknownEnvelopeError);
        return;
      }
      const rolledBack = new Error('rolled back');
      const loaded = warehouse.write('load', async (writer) => {
        await stageSoundLines(writer, sifted.sound);
        for (const statement of sql.load.statements) await writer.run(statement({ load_id: 1, now: new Date(0) }));
        const rows = await writer.all<{ ingest_seq: number }>({
          sql: 'select ingest_seq from audit_events_raw union all select ingest_seq from audit_events_errors',
          parameters: [],
        });
        const seqs = [...rows.map((row) => row.ingest_seq), ...sifted.lost.map(({ seq }) => seq)];
        // Kinds that are not loaded have a number too; an edit can make one.
        expect(new Set(seqs).size).toBe(seqs.length);
        expect(seqs.length).toBeGreaterThanOrEqual(3 - changes.length);
        throw rolledBack;
      });
      await expect(loaded).rejects.toBe(rolledBack);
    });
    await fc.assert(property, { numRuns: Number(process.env.TRAILGATE_PROPERTY_RUNS ?? 200) });
  }, 120_000);

  test('are all of a record that is whole', () => {
    expect(siftLines([{ ...RECORD, lines: Buffer.from(text) }], LOG)).toMatchObject({ sound: { length: 3 }, lost: [] });
  });

  test('leave every number lost where nothing is left of the record', () => {
    const { sound, lost } = siftLines([{ ...RECORD, lines: Buffer.alloc(0) }], LOG);
    expect(sound).toEqual([]);
    expect(lost.map(({ seq, why }) => [seq, why])).toEqual(
      [1, 2, 3].map((seq) => [seq, 'its record does not hold it']),
    );
  });
});
