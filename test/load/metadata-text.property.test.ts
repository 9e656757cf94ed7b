import fc from 'fast-check';
import { writeCanonicalJson } from '../../src/ingest/canonical-json.ts';
import { aDelivery } from '../marts/delivery.ts';
import { openWarehouseWithMarts, type WarehouseWithMarts } from '../marts/warehouse-with-marts.ts';

const characters = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: 'binary' }) },
  // Control characters, escapes, and what other serialisers escape.
  {
    weight: 2,
    arbitrary: fc.string({
      unit: fc.constantFrom(
        '\u0001',
        '\b',
        '\f',
        '\n',
        '\r',
        '\t',
        '\u000b',
        '\u001f',
        '\u007f',
        '"',
        '\\',
        '/',
        '<',
        '\u2028',
        '\u2029',
        '\ufeff',
        '\ufffe',
        '\u{1f512}',
        'u',
        '0',
      ),
    }),
  },
);
const texts = characters.map((text) => text.replaceAll('\u0000', ''));
const numbers = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(-0, 1e-7, 5e-324, 0.1, 1e20 + 0.5),
  )
  .filter((value) => !Number.isInteger(value) || Math.abs(value) <= Number.MAX_SAFE_INTEGER);
const keys = fc.oneof(texts, fc.constantFrom('a', 'b', '10', '2', '')).filter((key) => key !== '__proto__');

const metadata = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    texts,
    numbers,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  ),
}));

describe('the text of metadata', () => {
  let marts: WarehouseWithMarts;
  beforeAll(async () => {
    marts = await openWarehouseWithMarts();
  });
  afterAll(() => marts.close());

  test('comes out of the mart as accept wrote it, byte for byte', async () => {
    let batch = 0;
    const property = fc.asyncProperty(
      fc.array(fc.dictionary(keys, metadata.value, { maxKeys: 5 }), { minLength: 20, maxLength: 20 }),
      async (values) => {
        batch += 1;
        const written = values.map(writeCanonicalJson);
        await marts.load(written.map((text, index) => aDelivery({ eventId: `evt-${batch}-${index}`, metadata: text })));
        await marts.refresh().refresh();
        const rows = await marts.all(
          `select event_id, metadata from audit_events_mart where starts_with(event_id, 'evt-${batch}-')`,
        );
        const found = new Map(rows.map((row) => [row.event_id, row.metadata]));
        expect(written.map((_, index) => found.get(`evt-${batch}-${index}`))).toEqual(written);
      },
    );
    await fc.assert(property, { numRuns: Number(process.env.TRAILGATE_PROPERTY_RUNS ?? 20) });
  }, 120_000);
});
