/**
 * Records that other systems wrote, sent as they are and as metadata. Whatever they hold: each is accepted or refused with
 * a reason, what is accepted comes back equal, and the next query works.
 */
import { isDeepStrictEqual } from 'node:util';
import { type RunningApp, startTestApp, TEST_KEY } from '../api/running-app.ts';
import { faultOf, leafPathsOf, pathText, textAt } from './json-records.ts';
import { CLOUDTRAIL_FILES, describeSharedData, listSharedFiles, readSharedRecords } from './shared-data.ts';

interface Rejection {
  readonly index: number;
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
  readonly retryable: boolean;
}

interface Sent {
  readonly accepted: number;
  readonly rejected: number;
  readonly eventIds: readonly (string | null)[];
  readonly rejections: readonly Rejection[];
  readonly receivedAt: string;
}

const ENVELOPE = { timestamp: '2026-01-15T08:30:00Z', eventType: 'RECORD', action: 'READ', userId: 'usr-0042' };

const nested = (levels: number): object => (levels === 0 ? {} : { in: nested(levels - 1) });

const imported: readonly string[] = CLOUDTRAIL_FILES;
const files = listSharedFiles().filter((file) => !imported.includes(file));

describeSharedData('every record of the other files', files.length > 0 ? files : ['*.ndjson.gz'], () => {
  let app: RunningApp;
  const sum = { accepted: 0, rejected: 0 };
  const count = ({ accepted, rejected }: Sent) => {
    sum.accepted += accepted;
    sum.rejected += rejected;
  };
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app?.remove());

  describe.each(files)('%s', (file) => {
    const records = readSharedRecords(file);

    test('as it is: accepted, or refused with a reason', async () => {
      const sent = await send(
        app,
        records.map(({ asIs }) => asIs),
      );
      count(sent);
      expect(sent.accepted + sent.rejected).toBe(records.length);
      expect(sent.rejections).toHaveLength(sent.rejected);
      for (const { code, message, path, retryable, index } of sent.rejections) {
        expect(sent.eventIds[index]).toBeNull();
        expect({ code, retryable }).toEqual({ code: 'INVALID_EVENT', retryable: false });
        expect(message).toMatch(/^\S.{10,300}\.$/s);
        const record: unknown = JSON.parse(records[index]?.asIs ?? '');
        if (typeof record === 'string') expect(path).toEqual([]);
        else expect(path).not.toEqual([]);
      }
    });

    test('as metadata: accepted and read back equal, or refused with the rule that it breaks', async () => {
      const values = records.map(({ asObject }) => JSON.parse(asObject) as Record<string, unknown>);
      const sent = await send(
        app,
        records.map(({ asObject }, index) => {
          const event = JSON.stringify({ ...ENVELOPE, eventId: `${file}:${index}`, source: file });
          return `${event.slice(0, -1)},"metadata":${asObject}}`;
        }),
      );
      count(sent);
      const faults = values.map(faultOf);
      expect(sent.rejections.map(({ index, path }) => ({ index, path }))).toEqual(
        faults.flatMap((fault, index) => (fault ? [{ index, path: ['metadata', ...fault.path] }] : [])),
      );
      for (const { index, message } of sent.rejections) expect(message).toContain(faults[index]?.rule);

      expect(await totals(app, sent)).toEqual({ events: sum.accepted, refused: sum.rejected });
      const stored = await listMetadata(app, file);
      const kept = values.flatMap((value, index) => (faults[index] ? [] : [{ eventId: `${file}:${index}`, value }]));
      expect(stored.size).toBe(kept.length);
      for (const { eventId, value } of kept) {
        // Only what differs is worth jest's slow comparison.
        if (!isDeepStrictEqual(stored.get(eventId), value)) expect(stored.get(eventId)).toEqual(value);
      }
    });

    test('and behind it: groups and filters by its own paths count as the records do', async () => {
      const values = records.map(({ asObject }) => JSON.parse(asObject) as unknown).filter((value) => !faultOf(value));
      const paths = spread(leafPathsOf(values), 4);
      expect(paths.length).toBeGreaterThan(0);
      for (const path of paths) {
        const groups = new Map<string | null, number>();
        for (const value of values) {
          const text = textAt(value, path);
          groups.set(text, (groups.get(text) ?? 0) + 1);
        }
        const [sought, hits] = [...groups].sort(([, a], [, b]) => b - a).find(([text]) => text !== null) ?? [];
        const found = await countByPath(app, file, pathText(path), sought);
        const wrong = [...new Set([...groups.keys(), ...found.groups.keys()])].filter(
          (text) => groups.get(text) !== found.groups.get(text),
        );
        expect({ path, wrong: wrong.slice(0, 5), hits: found.hits, absent: found.absent }).toEqual({
          path,
          wrong: [],
          hits,
          absent: groups.get(null) ?? 0,
        });
      }
    });
  });

  test.each([
    ['the character U+0000', { text: 'a\0b' }, 'U+0000', ['text']],
    ['half of a surrogate pair', { list: ['ok', '\uD83D'] }, 'surrogate pair', ['list', '1']],
    ['a key with half of a surrogate pair', { '\uDE00': 1 }, 'surrogate pair', ['\uFFFD']],
    ['an integer that a double cannot hold', { id: 2 ** 53 }, '2^53 - 1', ['id']],
    ['a key that sets a prototype', JSON.parse('{"__proto__":{"admin":true}}'), 'not allowed', ['__proto__']],
    ['66 levels', nested(65), 'deeper than 64 levels', Array.from({ length: 64 }, () => 'in')],
  ] as const)('with %s planted in it: refused with the place, and only that one', async (_fault, planted, rule, at) => {
    const records = files.map((file) => JSON.parse(readSharedRecords(file)[0]?.asObject ?? '{}') as object);
    const sent = await send(
      app,
      records.map((record, index) => {
        // The last key in order, so that a check that stops early passes it by.
        const metadata = index === 7 ? { ...record, zz: planted } : record;
        return JSON.stringify({ ...ENVELOPE, eventId: `${rule}:${at.join('.')}:${index}`, metadata });
      }),
    );
    count(sent);
    expect(sent).toMatchObject({ accepted: files.length - 1, rejected: 1 });
    expect(sent.rejections).toEqual([
      {
        index: 7,
        code: 'INVALID_EVENT',
        path: ['metadata', 'zz', ...at].slice(0, 65),
        message: expect.stringContaining(rule),
        retryable: false,
      },
    ]);
    expect(await totals(app, sent)).toEqual({ events: sum.accepted, refused: sum.rejected });
  });

  test('none went missing: what was accepted is listed, what was refused is an ingest error with its reason', async () => {
    const { data } = await app.query(
      '{ ingestErrors(first: 5000) { nodes { stage code message status } totalCount } auditEventGroups { nodes { count } } }',
    );
    expect(data.auditEventGroups.nodes).toEqual([{ count: sum.accepted }]);
    expect(data.ingestErrors.totalCount).toBe(sum.rejected);
    for (const error of data.ingestErrors.nodes) {
      expect(error).toEqual({
        stage: 'ACCEPT',
        code: 'INVALID_EVENT',
        message: expect.stringMatching(/\S/),
        status: 'NEW',
      });
    }
  });
});

const MAX_BATCH = { events: 1_000, bytes: 4_000_000 };

/** The documents, spelled as they are, in as many requests as they need. */
async function send(app: RunningApp, documents: readonly string[]): Promise<Sent> {
  const query = `mutation ($events: [AuditEventDocument!]!) {
    ingestEvents(events: $events) { accepted rejected eventIds receivedAt rejections { index code message path retryable } }
  }`;
  const answers: Sent[] = [];
  for (let from = 0; from < documents.length; ) {
    let to = from;
    for (let bytes = 0; to < documents.length && to - from < MAX_BATCH.events; to += 1) {
      bytes += Buffer.byteLength(documents[to] ?? '');
      if (bytes > MAX_BATCH.bytes && to > from) break;
    }
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
      body: `{"query":${JSON.stringify(query)},"variables":{"events":[${documents.slice(from, to).join(',')}]}}`,
    });
    const { data, errors } = (await response.json()) as { data: { ingestEvents: Sent }; errors?: unknown };
    expect(errors).toBeUndefined();
    const { rejections } = data.ingestEvents;
    answers.push({
      ...data.ingestEvents,
      rejections: rejections.map((one) => ({ ...one, index: one.index + from })),
    });
    from = to;
  }
  return {
    accepted: answers.reduce((all, { accepted }) => all + accepted, 0),
    rejected: answers.reduce((all, { rejected }) => all + rejected, 0),
    eventIds: answers.flatMap(({ eventIds }) => eventIds),
    rejections: answers.flatMap(({ rejections }) => rejections),
    receivedAt: answers.at(-1)?.receivedAt ?? '',
  };
}

/** Of all that was received up to this answer. */
async function totals(app: RunningApp, { receivedAt }: Sent): Promise<{ events: number; refused: number }> {
  await app.queryable(receivedAt);
  const { data } = await app.query('{ auditEvents(first: 1) { totalCount } ingestErrors(first: 1) { totalCount } }');
  return { events: data.auditEvents.totalCount, refused: data.ingestErrors.totalCount };
}

/** Metadata by event id, over pages of 5,000. */
async function listMetadata(app: RunningApp, source: string): Promise<Map<string, unknown>> {
  const stored = new Map<string, unknown>();
  for (let after: string | null = null; ; ) {
    const { data, errors } = await app.query(
      `query ($source: String!, $after: String) {
        auditEvents(filter: { source: { eq: $source } }, first: 5000, after: $after) {
          nodes { eventId metadata }
          pageInfo { hasNextPage endCursor }
        }
      }`,
      { source, after },
    );
    expect(errors).toBeUndefined();
    for (const { eventId, metadata } of data.auditEvents.nodes) stored.set(eventId, metadata);
    if (!data.auditEvents.pageInfo.hasNextPage) return stored;
    after = data.auditEvents.pageInfo.endCursor;
  }
}

/** Events of the source by their value at the path, and how many have the sought one, and none. */
async function countByPath(app: RunningApp, source: string, path: string, sought: string | null | undefined) {
  const groups = new Map<string | null, number>();
  for (let after: string | null = null; ; ) {
    const { data, errors } = await app.query(
      `query ($source: String!, $path: String!, $sought: String, $after: String) {
        groups: auditEventGroups(filter: { source: { eq: $source } }, groupByMetadata: [$path], first: 5000, after: $after) {
          nodes { count dimensions { metadata } }
          pageInfo { hasNextPage endCursor }
        }
        hits: auditEvents(
          filter: { source: { eq: $source }, metadata: [{ path: $path, value: { eq: $sought } }] }, first: 1
        ) { nodes { metadata } totalCount }
        absent: auditEvents(
          filter: { source: { eq: $source }, metadata: [{ path: $path, value: { isNull: true } }] }, first: 1
        ) { totalCount }
      }`,
      { source, path, sought, after },
    );
    expect({ path, errors }).toEqual({ path, errors: undefined });
    for (const { count, dimensions } of data.groups.nodes) groups.set(dimensions.metadata[0], count);
    after = data.groups.pageInfo.endCursor;
    if (data.groups.pageInfo.hasNextPage) continue;
    expect(data.hits.nodes).toHaveLength(1);
    return { groups, hits: data.hits.totalCount as number, absent: data.absent.totalCount as number };
  }
}

/** At most `size` of them, evenly spread. */
const spread = <T>(items: readonly T[], size: number): T[] =>
  items.filter(
    (_, index) => Math.floor((index * size) / items.length) !== Math.floor(((index - 1) * size) / items.length),
  );
