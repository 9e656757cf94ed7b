import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createDirectoryBlobStore } from '../../../src/adapters/blob-store/directory-blob-store.ts';
import { aBody, describeBlobStore } from '../../contracts/blob-store.ts';

const MIB = 1024 * 1024;
const newPath = (): string => mkdtempSync(join(tmpdir(), 'trailgate-blobs-'));

describeBlobStore('A directory', async () => {
  const path = newPath();
  return {
    blobs: createDirectoryBlobStore({ path }),
    leftovers: async () => readdirSync(join(path, '.drafts')),
    links: false,
    remove: async () => rmSync(path, { recursive: true, force: true }),
  };
});

describe('A directory of objects', () => {
  let path: string;
  beforeEach(() => {
    path = newPath();
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  test.each(['', '/etc/passwd', '../outside', 'a/../../outside', 'a//b', '.drafts/x', 'a\0', 'C\\x'])(
    'neither reads nor removes %j',
    async (key) => {
      const blobs = createDirectoryBlobStore({ path: join(path, 'blobs') });
      writeFileSync(join(path, 'outside'), 'x');
      for (const work of [blobs.get(key), blobs.head(key), blobs.remove(key), blobs.link(key, 60)]) {
        await expect(work).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      }
      expect(existsSync(join(path, 'outside'))).toBe(true);
    },
  );

  test('keeps what is whole over a restart and drops what is not', async () => {
    const blobs = createDirectoryBlobStore({ path });
    await blobs.put('folder/key', Buffer.from('whole'));
    writeFileSync(join(path, '.drafts', 'interrupted'), 'half');
    const again = createDirectoryBlobStore({ path });
    expect(await again.list('')).toMatchObject([{ key: 'folder/key', bytes: 5 }]);
    expect(readdirSync(join(path, '.drafts'))).toEqual([]);
  });

  test('who reads an object that is replaced meanwhile reads the former one to its end', async () => {
    const blobs = createDirectoryBlobStore({ path });
    await blobs.put('key', aBody(4 * MIB));
    const former = await blobs.get('key');
    await blobs.put('key', Buffer.from('new'));
    expect((await buffer(former)).equals(await buffer(aBody(4 * MIB)))).toBe(true);
    expect((await buffer(await blobs.get('key'))).toString()).toBe('new');
  });

  test('of those that write one key at once, one is there whole', async () => {
    const blobs = createDirectoryBlobStore({ path });
    const bodies = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(200_000 - index));
    await Promise.all(bodies.map((body) => blobs.put('folder/key', Readable.from([body]))));
    expect(bodies).toContain((await buffer(await blobs.get('folder/key'))).toString());
    expect(readdirSync(join(path, '.drafts'))).toEqual([]);
  });

  test('pulls from the source no more than it has written', async () => {
    const blobs = createDirectoryBlobStore({ path });
    const draft = (): number => {
      const [name] = readdirSync(join(path, '.drafts'));
      return name ? statSync(join(path, '.drafts', name)).size : 0;
    };
    let ahead = 0;
    async function* source(): AsyncGenerator<Buffer> {
      const chunk = Buffer.alloc(MIB / 4);
      for (let pulled = 0; pulled < 20 * MIB; pulled += chunk.length) {
        ahead = Math.max(ahead, pulled - draft());
        yield chunk;
      }
    }
    await blobs.put('big', Readable.from(source(), { highWaterMark: 1 }));
    expect(ahead).toBeLessThanOrEqual(MIB);
  });

  test('lists no hidden files, links or empty folders', async () => {
    const blobs = createDirectoryBlobStore({ path });
    await blobs.put('key', Buffer.from('x'));
    writeFileSync(join(path, '.hidden'), '');
    mkdirSync(join(path, 'empty'));
    symlinkSync(join(path, 'key'), join(path, 'linked'));
    expect((await blobs.list('')).map(({ key }) => key)).toEqual(['key']);
  });

  test('leaves no empty folder where its last object was removed', async () => {
    const blobs = createDirectoryBlobStore({ path });
    await blobs.put('a/b/c', Buffer.from('x'));
    await blobs.put('a/d', Buffer.from('x'));
    await blobs.remove('a/b/c');
    expect(readdirSync(join(path, 'a'))).toEqual(['d']);
    await blobs.remove('a/d');
    expect(readdirSync(path)).toEqual(['.drafts']);
  });

  test('puts and removes in one folder do not disturb each other', async () => {
    const blobs = createDirectoryBlobStore({ path });
    const put = (key: string) => blobs.put(key, Buffer.from('x'));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([put('a/b/1'), put('a/b/2')]);
      await Promise.all([blobs.remove('a/b/1'), put('a/b/3'), blobs.remove('a/b/2'), put('a/c')]);
      expect((await blobs.list('a/')).map(({ key }) => key)).toEqual(['a/b/3', 'a/c']);
      await Promise.all([blobs.remove('a/b/3'), blobs.remove('a/c')]);
    }
  });

  test('refuses an object whose name a folder has, and one in a folder whose name an object has', async () => {
    const blobs = createDirectoryBlobStore({ path });
    await blobs.put('a/b', Buffer.from('x'));
    for (const key of ['a', 'a/b/c']) {
      await expect(blobs.put(key, Buffer.from('y'))).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining('another key'),
      });
    }
    expect(await blobs.list('')).toMatchObject([{ key: 'a/b' }]);
    expect(readdirSync(join(path, '.drafts'))).toEqual([]);
  });

  test('says what to do when the directory is gone', async () => {
    const blobs = createDirectoryBlobStore({ path });
    rmSync(path, { recursive: true });
    const unavailable = { code: 'WAREHOUSE_UNAVAILABLE', retryable: true, message: expect.stringContaining('ENOENT') };
    await expect(blobs.put('key', Buffer.from('x'))).rejects.toMatchObject(unavailable);
    await expect(blobs.list('')).rejects.toMatchObject(unavailable);
    await expect(blobs.list('folder/')).rejects.toMatchObject(unavailable);
  });
});
