import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MAX_BATCH_BYTES, type PreparedEvent, requestBody, type SendBatch } from '../../../src/cli/import/batch.ts';
import {
  type ImportOptions,
  type ImportProgress,
  importFiles,
  type Refusal,
} from '../../../src/cli/import/import-files.ts';
import { cloudTrail } from '../../../src/cli/mappers/cloudtrail.ts';
import { LIMITS } from '../../../src/domain/audit-event.ts';
import { parseMapping } from '../../../src/domain/mapping-file.ts';
import { aRecord, without } from '../records.ts';

let folder = '';
let sent: (readonly PreparedEvent[])[] = [];
let refusals: Refusal[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trailgate-import-'));
  sent = [];
  refusals = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, content: string | Buffer) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};
const acceptAll: SendBatch = async (events) => {
  sent.push(events);
  return [];
};
const run = (options: Partial<ImportOptions> = {}) =>
  importFiles({
    mapper: cloudTrail,
    paths: [folder],
    send: acceptAll,
    batchEvents: 500,
    onRefusal: (refusal) => refusals.push(refusal),
    ...options,
  });
const sentIds = () => sent.flat().map(({ event }) => event.eventId);
const lines = (...records: unknown[]) => records.map((record) => JSON.stringify(record)).join('\n');

describe('an import', () => {
  test('reads every form and every kind of file of a folder, in order of path', async () => {
    const [a, b, c, d, e] = [1, 2, 3, 4, 5].map(() => aRecord());
    put('b/2.json', JSON.stringify({ Records: [b, c] }, null, 1));
    put('a/1.ndjson.gz', gzipSync(lines(a)));
    put('c.json.gz', gzipSync(JSON.stringify({ Events: [{ CloudTrailEvent: JSON.stringify(d) }] })));
    put('d.ndjson', lines({ 'detail-type': 'x', detail: e }));
    put('readme.txt', 'not a log');
    const result = await run();
    expect(sentIds()).toEqual([a, b, c, d, e].map((record) => record?.eventID));
    expect(result).toMatchObject({ files: 4, ignoredFiles: 1, records: 5, accepted: 5, refused: 0, stoppedBy: null });
    expect(result.bytes).toBe(result.totalBytes);
  });

  test('reads a file once, however often and by whatever link it is named', async () => {
    put('a.ndjson', lines(aRecord()));
    symlinkSync(folder, join(folder, 'loop'));
    symlinkSync(join(folder, 'a.ndjson'), join(folder, 'again.ndjson'));
    expect(await run({ paths: [folder, join(folder, 'a.ndjson')] })).toMatchObject({ files: 1, records: 1 });
  });

  test('goes on behind broken lines, records and files, and says where each lies', async () => {
    put('a.ndjson', `${lines(aRecord())}\n{broken\n${lines(without(aRecord(), 'eventTime'), aRecord())}`);
    put('b.json', JSON.stringify({ Records: [aRecord(), 17] }));
    put('c.json', '{"Records": [');
    put('d.ndjson.gz', gzipSync('{"hello":1}\n').subarray(0, 20));
    put('e.ndjson', lines({ hello: 1 }, aRecord()));
    const result = await run();
    expect(
      refusals.map(({ file, line, at, code, path }) => [file.slice(folder.length + 1), line, at, code, path]),
    ).toEqual([
      ['a.ndjson', 2, '', 'INVALID_JSON', []],
      ['a.ndjson', 3, '', 'INVALID_RECORD', ['eventTime']],
      ['b.json', null, 'Records[1]', 'INVALID_RECORD', []],
      ['c.json', null, '', 'INVALID_JSON', []],
      ['d.ndjson.gz', null, '', 'UNREADABLE_FILE', []],
      ['e.ndjson', 1, '', 'INVALID_RECORD', []],
    ]);
    expect(result).toMatchObject({ files: 5, records: 10, accepted: 4, refused: 6, stoppedBy: null });
  });

  test('names file, line and event of what the gateway refuses', async () => {
    put('a.ndjson', lines(aRecord(), aRecord({ eventID: 'id-bad' })));
    const result = await run({
      send: async () => [{ index: 1, code: 'INVALID_EVENT', message: 'no', path: ['metadata', 'x'] }],
    });
    expect(refusals).toEqual([
      {
        file: join(folder, 'a.ndjson'),
        line: 2,
        at: '',
        code: 'INVALID_EVENT',
        message: 'no',
        path: ['metadata', 'x'],
        eventId: 'id-bad',
      },
    ]);
    expect(result).toMatchObject({ records: 2, accepted: 1, refused: 1 });
  });

  test('survives a record that is nested too deep to be written', async () => {
    put(
      'a.ndjson',
      `{"eventName":"X","eventTime":"2024-03-20T14:30:00Z","userIdentity":{"arn":"a"},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n${lines(aRecord())}`,
    );
    expect(await run()).toMatchObject({ records: 2, accepted: 1, refused: 1 });
    expect(refusals[0]).toMatchObject({ line: 1, code: 'INVALID_RECORD' });
  });

  test('fills from the mapping what records do not say', async () => {
    put('a.ndjson', lines(aRecord()));
    const mapping = parseMapping(
      'accounts: { "111122223333": { environment: PROD, department: HR } }\nresources: [{ pattern: "*payroll-*", sensitivity: HIGH }]',
    );
    await run({ mapping });
    expect(sent[0]?.[0]?.event).toMatchObject({ environment: 'PROD', userDepartment: 'HR', sensitivity: 'HIGH' });
  });

  test('makes the same events of the same folder, also where records have no id', async () => {
    put('a.ndjson', lines(aRecord(), without(aRecord(), 'eventID')));
    await run();
    await run();
    expect(sent[1]?.map(({ json }) => json)).toEqual(sent[0]?.map(({ json }) => json));
  });

  test('refuses a path that does not exist, and a folder with nothing to read, before anything is sent', async () => {
    put('a.ndjson', lines(aRecord()));
    await expect(run({ paths: [folder, join(folder, 'missing')] })).rejects.toThrow(/missing: there is no such file/);
    mkdirSync(join(folder, 'empty'));
    await expect(run({ paths: [join(folder, 'empty')] })).rejects.toThrow(/holds no \.json/);
    expect(sent).toEqual([]);
  });
});

describe('batches', () => {
  test('hold at most the number asked for, and lose none', async () => {
    const records = Array.from({ length: 25 }, () => aRecord());
    put('a.ndjson', lines(...records));
    await run({ batchEvents: 10 });
    expect(sent.map((batch) => batch.length)).toEqual([10, 10, 5]);
    expect(sentIds()).toEqual(records.map(({ eventID }) => eventID));
  });

  test('never make a request larger than the gateway takes', async () => {
    const records = Array.from({ length: 40 }, () => aRecord({ requestParameters: { text: 'ß'.repeat(120_000) } }));
    put('a.ndjson', lines(...records));
    await run({ batchEvents: 1_000 });
    const sizes = sent.map((batch) => Buffer.byteLength(requestBody(batch)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(LIMITS.maxRequestBytes);
    expect(sizes[0]).toBeGreaterThan(LIMITS.maxRequestBytes - 250_000);
    expect(sent.flat()).toHaveLength(40);
  });

  test('refuse the one event that no request can carry', async () => {
    put('a.ndjson', lines(aRecord({ big: 'x'.repeat(MAX_BATCH_BYTES) }), aRecord()));
    expect(await run()).toMatchObject({ accepted: 1, refused: 1 });
    expect(refusals[0]).toMatchObject({ line: 1, code: 'EVENT_TOO_LARGE' });
  });

  test('wait for the gateway: no more than maxInFlight are unanswered, and reading stops meanwhile', async () => {
    put('a.ndjson', lines(...Array.from({ length: 100 }, () => aRecord())));
    const answers: (() => void)[] = [];
    let most = 0;
    let progress: ImportProgress | undefined;
    const running = run({
      batchEvents: 5,
      maxInFlight: 3,
      onProgress: (now) => {
        progress = now;
      },
      send: (events) =>
        new Promise((resolve) => {
          sent.push(events);
          answers.push(() => resolve([]));
          most = Math.max(most, answers.length);
        }),
    });
    let open = true;
    const finished = running.finally(() => {
      open = false;
    });
    while (open) {
      await new Promise((resolve) => setImmediate(resolve));
      answers.shift()?.();
    }
    expect(most).toBe(3);
    expect(await finished).toMatchObject({ accepted: 100 });
    expect(progress).toMatchObject({ accepted: 100, records: 100 });
  });

  test('stop at the first request that fails for good; what was accepted is counted', async () => {
    put('a.ndjson', lines(...Array.from({ length: 100 }, () => aRecord())));
    let requests = 0;
    const result = await run({
      batchEvents: 10,
      maxInFlight: 1,
      send: async () => {
        requests += 1;
        if (requests === 3) throw new Error('the gateway refuses');
        return [];
      },
    });
    expect(requests).toBe(3);
    expect(result).toMatchObject({ accepted: 20, refused: 0 });
    expect(result.stoppedBy?.message).toBe('the gateway refuses');
  });

  test('stop when the import is interrupted', async () => {
    put('a.ndjson', lines(...Array.from({ length: 100 }, () => aRecord())));
    const interrupt = new AbortController();
    const result = await run({
      batchEvents: 10,
      signal: interrupt.signal,
      send: async () => {
        interrupt.abort(new Error('interrupted'));
        return [];
      },
    });
    expect(result.accepted).toBeLessThan(100);
    expect(result.stoppedBy?.message).toBe('interrupted');
  });
});
