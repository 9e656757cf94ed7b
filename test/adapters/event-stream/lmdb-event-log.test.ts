import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEnvironment, takeBack } from '../../../src/adapters/event-stream/lmdb-environment.ts';
import { createLmdbEventLog } from '../../../src/adapters/event-stream/lmdb-event-log.ts';
import { aRecord, describeEventLog, readAll } from '../../contracts/event-log.ts';

describeEventLog('LmdbEventLog', async ({ limitBytes }) => {
  const path = mkdtempSync(join(tmpdir(), 'trailgate-log-'));
  let stream = createLmdbEventLog({ path, limitBytes });
  return {
    stream,
    reopen: async () => {
      await stream.close();
      stream = createLmdbEventLog({ path, limitBytes });
      return stream;
    },
    remove: async () => {
      await stream.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
});

test('a commit that was refused and reached the file all the same is taken back, so that its numbers can be given again', async () => {
  const path = mkdtempSync(join(tmpdir(), 'trailgate-log-'));
  const before = createLmdbEventLog({ path, limitBytes: 1_000_000 });
  await before.append([aRecord(1, 2), aRecord(3)]);
  const head = await before.head();
  const { bytes } = await before.usage();
  await before.append([aRecord(4), aRecord(5, 3)]);
  await before.close();

  const env = openEnvironment(path);
  await takeBack(env, { ...head, bytes });
  await env.root.close();

  const stream = createLmdbEventLog({ path, limitBytes: 1_000_000 });
  expect(await stream.head()).toEqual(head);
  expect(await stream.usage()).toMatchObject({ bytes });
  await stream.append([aRecord(4, 2)]);
  expect((await readAll(stream)).map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([
    [1, 2],
    [3, 3],
    [4, 5],
  ]);
  await stream.close();
  rmSync(path, { recursive: true, force: true });
});

describe('an LMDB log on a disk that is nearly full', () => {
  const MIB = 1024 * 1024;
  // In memory where it can be: nobody else fills that meanwhile.
  const path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'trailgate-log-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));

  test('refuses appends, retryable and without writing any of them, until there is room again', async () => {
    const { bavail, bsize } = statfsSync(path);
    const keepFreeBytes = bavail * bsize - 32 * MIB;
    const stream = createLmdbEventLog({ path, limitBytes: 256 * MIB, keepFreeBytes });
    await stream.append([aRecord(1)]);
    const before = [await stream.head(), await stream.usage()];

    const filler = join(path, 'filler');
    writeFileSync(filler, Buffer.alloc(64 * MIB, 1));
    await expect(stream.append([aRecord(2)])).rejects.toMatchObject({
      code: 'STREAM_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('The disk of the log is full'),
    });
    expect([await stream.head(), await stream.usage()]).toEqual(before);
    expect(await readAll(stream)).toHaveLength(1);

    rmSync(filler);
    await stream.append([aRecord(2)]);
    expect((await readAll(stream)).map(({ firstSeq }) => firstSeq)).toEqual([1, 2]);
    await stream.close();
  });
});
