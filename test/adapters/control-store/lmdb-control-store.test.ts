import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLmdbControlStore } from '../../../src/adapters/control-store/lmdb-control-store.ts';
import { describeControlStore } from '../../contracts/control-store.ts';

describeControlStore('LMDB', async () => {
  const path = mkdtempSync(join(tmpdir(), 'trailgate-control-'));
  const clock = { at: 1_000, now: () => clock.at };
  let store = createLmdbControlStore({ path, clock });
  return {
    store,
    clock,
    marginMs: 0,
    reopen: async () => {
      await store.close();
      store = createLmdbControlStore({ path, clock });
      return store;
    },
    remove: async () => {
      await store.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
});

test('refuses changes on a disk that is nearly full, retryable, until there is room again', async () => {
  const MIB = 1024 * 1024;
  // In memory where it can be: nobody else fills that meanwhile.
  const path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'trailgate-control-'));
  const { bavail, bsize } = statfsSync(path);
  const store = createLmdbControlStore({ path, keepFreeBytes: bavail * bsize - 16 * MIB });
  await store.put({ kind: 'rule', id: 'a', body: 'one' }, 0);
  writeFileSync(join(path, 'filler'), Buffer.alloc(20 * MIB));
  const refused = {
    code: 'WAREHOUSE_UNAVAILABLE',
    retryable: true,
    message: expect.stringMatching(/bytes are free/),
  };
  await expect(store.put({ kind: 'rule', id: 'a', body: 'two' }, 1)).rejects.toMatchObject(refused);
  await expect(store.lease('job', 'one', 1_000)).rejects.toMatchObject(refused);
  expect(await store.get('rule', 'a')).toMatchObject({ version: 1, body: 'one' });
  rmSync(join(path, 'filler'));
  expect(await store.put({ kind: 'rule', id: 'a', body: 'two' }, 1)).toMatchObject({ version: 2 });
  await store.close();
  rmSync(path, { recursive: true, force: true });
});
