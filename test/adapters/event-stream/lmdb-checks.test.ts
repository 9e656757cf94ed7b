import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLmdbLog, judgeLog } from '../../../src/adapters/event-stream/lmdb-checks.ts';
import { createLmdbEventLog } from '../../../src/adapters/event-stream/lmdb-event-log.ts';
import { bySubject } from '../findings.ts';

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'trailgate-log-'));
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

const GIB = 2 ** 30;
const check = async () => bySubject(await checkLmdbLog({ path, limitBytes: GIB, now: 1_000_000 }));

test('a log that is not there yet is no fault, and none is made', async () => {
  expect(await check()).toEqual({ 'embedded log': 'ok: is made at the first start' });
  expect(await check()).toEqual({ 'embedded log': 'ok: is made at the first start' });
});

test('a log is opened and told, and still takes lines afterwards', async () => {
  const append = async (firstSeq: number): Promise<void> => {
    const log = createLmdbEventLog({ path, limitBytes: GIB });
    await log.append([{ bucket: 0, firstSeq, lastSeq: firstSeq, receivedAt: 999_000, lines: Buffer.from('{}\n') }]);
    await log.close();
  };
  await append(1);
  expect(await check()).toEqual({ 'embedded log': 'ok: 0.00 of 1.00 GiB, 1 lines so far' });
  await append(2);
  expect((await check())['embedded log']).toContain('2 lines so far');
});

test.each([0, 10, 64 * 1024])('a file of %i bytes that is no log is told', async (bytes) => {
  writeFileSync(join(path, 'data.mdb'), Buffer.alloc(bytes, 'x'));
  expect(await check()).toEqual({
    'embedded log': 'fail: data.mdb is no file of LMDB. Restore it from a backup.',
  });
});

const state = { node: 'n', epoch: 1, seq: 5, bytes: 10, receivedAt: 0 };

test('a log that is nearly full is a warning', () => {
  const found = bySubject(judgeLog({ ...state, bytes: 0.95 * GIB }, GIB, 0));
  expect(found['embedded log']).toMatch(/^warn: 0\.95 of 1\.00 GiB.*TRAILGATE_LOG_MAX_GIB/);
});

test('events received later than now tell of a clock that was set back', () => {
  expect(bySubject(judgeLog({ ...state, receivedAt: 60_000 }, GIB, 0)).clock).toMatch(
    /^warn: .*1970-01-01T00:01:00.*NTP/,
  );
});
