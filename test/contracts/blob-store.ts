import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import type { BlobStore } from '../../src/ports/blob-store.ts';

export interface OpenedBlobs {
  readonly blobs: BlobStore;
  /** What unfinished writes have left, whatever the engine keeps it in. */
  leftovers(): Promise<readonly string[]>;
  /** Whether links are given at all. */
  readonly links: boolean;
  /** What is left of 1,024 bytes for a key, where something stands before it. */
  readonly keyBytes?: number;
  remove(): Promise<void>;
}

const MIB = 1024 * 1024;
const CHUNK = 64 * 1024;

/** A body that can be told apart at every chunk, made as it is read; it fails behind `failAfter` bytes. */
export function aBody(bytes: number, failAfter = Number.POSITIVE_INFINITY): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let made = 0; made < bytes; made += CHUNK) {
      if (made >= failAfter) throw new Error('the source failed');
      const chunk = Buffer.alloc(Math.min(CHUNK, bytes - made), made / CHUNK);
      chunk.write(`${made};`);
      yield chunk;
    }
    if (failAfter <= bytes) throw new Error('the source failed');
  }
  return Readable.from(chunks());
}

/** In parts that a file system takes. */
function aLongKey(bytes: number): string {
  const part = `${'é'.repeat(100)}/`;
  const parts = Math.floor((bytes - 1) / Buffer.byteLength(part));
  return part.repeat(parts) + 'x'.repeat(bytes - parts * Buffer.byteLength(part));
}

async function hashOf(body: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of body) hash.update(chunk);
  return hash.digest('hex');
}

/** In the order of their UTF-8 bytes, which is not the order of JavaScript's strings: see the last two. */
const SORTED = ['A', 'Z=1', 'a b', 'a!', 'a-b', 'a.txt', 'a/b', 'a/b c', 'a/ü/x', 'ab', 'z/y', 'é', '～', '🙂'];

/** What every engine promises. `open` gives an empty store. */
export function describeBlobStore(engine: string, open: () => Promise<OpenedBlobs>): void {
  describe(`${engine} as a BlobStore`, () => {
    let opened: OpenedBlobs;
    let blobs: BlobStore;
    beforeEach(async () => {
      opened = await open();
      blobs = opened.blobs;
    });
    afterEach(() => opened.remove());

    const put = (...keys: string[]) => Promise.all(keys.map((key) => blobs.put(key, Buffer.from(key))));
    const textOf = async (key: string) => (await buffer(await blobs.get(key))).toString();
    const keysOf = async (...args: Parameters<BlobStore['list']>) => (await blobs.list(...args)).map(({ key }) => key);

    test('gives back what was put, from a buffer and from a stream, with its size and time', async () => {
      const before = Date.now() - 1_000;
      expect(await blobs.put('one', Buffer.from('größe'), { contentType: 'text/plain' })).toBe(7);
      expect(await blobs.put('two', Readable.from(['a', Buffer.from('b'), 'ç']))).toBe(4);
      expect([await textOf('one'), await textOf('two')]).toEqual(['größe', 'abç']);
      const head = await blobs.head('one');
      expect(head).toEqual({ key: 'one', bytes: 7, modifiedAt: expect.any(Number) });
      expect(head?.modifiedAt).toBeGreaterThanOrEqual(before);
      expect(head?.modifiedAt).toBeLessThanOrEqual(Date.now() + 1_000);
      expect(await blobs.list('')).toMatchObject([
        { key: 'one', bytes: 7 },
        { key: 'two', bytes: 4 },
      ]);
    });

    test('keeps an object of 0 bytes', async () => {
      expect(await blobs.put('none', Buffer.alloc(0))).toBe(0);
      expect(await blobs.put('none too', Readable.from([]))).toBe(0);
      expect(await blobs.head('none')).toMatchObject({ bytes: 0 });
      expect(await textOf('none too')).toBe('');
    });

    test('says NOT_FOUND for an object that is not there, and null for its head', async () => {
      await put('folder/object');
      for (const key of ['object', 'folder', 'folder/object/below', 'folder/objec']) {
        await expect(blobs.get(key)).rejects.toMatchObject({
          code: 'NOT_FOUND',
          message: expect.stringContaining(key),
        });
        expect(await blobs.head(key)).toBeNull();
      }
    });

    test('replaces an object by a shorter one', async () => {
      await blobs.put('key', aBody(2 * MIB));
      await blobs.put('key', Buffer.from('short'));
      expect(await textOf('key')).toBe('short');
      expect(await blobs.head('key')).toMatchObject({ bytes: 5 });
      expect(await blobs.list('')).toMatchObject([{ key: 'key', bytes: 5 }]);
    });

    test('streams 20 MiB in and out, and holds little of it while its reader is slow', async () => {
      expect(await blobs.put('big', aBody(20 * MIB))).toBe(20 * MIB);
      const body = await blobs.get('big');
      let held = 0;
      async function* slowly(): AsyncGenerator<Buffer> {
        for await (const chunk of body) {
          await setImmediate();
          held = Math.max(held, body.readableLength);
          yield chunk;
        }
      }
      expect(await hashOf(slowly())).toBe(await hashOf(aBody(20 * MIB)));
      expect(held).toBeLessThanOrEqual(MIB);
      expect(await opened.leftovers()).toEqual([]);
    });

    test.each([
      ['before its first byte', 0],
      ['behind its first chunk', CHUNK],
      ['behind 17 MiB', 17 * MIB],
      ['behind its last byte', 18 * MIB],
    ])('a body that fails %s leaves nothing, and its own error is told', async (_, failAfter) => {
      await expect(blobs.put('folder/half', aBody(18 * MIB, failAfter))).rejects.toThrow('the source failed');
      expect(await blobs.head('folder/half')).toBeNull();
      expect(await blobs.list('')).toEqual([]);
      expect(await opened.leftovers()).toEqual([]);
    });

    test('a body that ends without an end, as of a broken connection, leaves nothing', async () => {
      const body = new Readable({ read: () => undefined });
      body.push('a');
      const stored = blobs.put('half', body);
      body.destroy();
      await expect(stored).rejects.toThrow();
      expect(await blobs.list('')).toEqual([]);
      expect(await opened.leftovers()).toEqual([]);
    });

    test('a body that fails leaves the object that it was to replace as it was', async () => {
      await put('key');
      await expect(blobs.put('key', aBody(9 * MIB, 8 * MIB))).rejects.toThrow('the source failed');
      expect(await textOf('key')).toBe('key');
    });

    test('takes spaces, equal signs and any letters in a key', async () => {
      const keys = ['year=2026/month=01/a b.ndjson.gz', 'día=ñ/雪/🙂.json', 'it\'s (1)!*~+&?#%25$@;,:[]{}|^`"<>.x'];
      await put(...keys);
      for (const key of keys) expect(await textOf(key)).toBe(key);
      expect((await keysOf('')).sort()).toEqual([...keys].sort());
      expect(await keysOf('día=ñ/雪')).toEqual(['día=ñ/雪/🙂.json']);
    });

    test.each([
      '',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      '../a',
      'a/../../b',
      'a/./b',
      '.a',
      'a\\b',
      'a\nb',
      'a\0',
      'a\x7f',
      'x\ud800',
    ])('refuses to write the key %j', async (key) => {
      const body = Readable.from(['x']);
      await expect(blobs.put(key, body)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
      expect(body.destroyed).toBe(true);
      expect(await blobs.list('')).toEqual([]);
    });

    test('takes a key of 1,024 bytes and no longer one', async () => {
      const { keyBytes = 1_024 } = opened;
      const whole = aLongKey(keyBytes);
      expect(Buffer.byteLength(whole)).toBe(keyBytes);
      await put(whole);
      expect(await keysOf('')).toEqual([whole]);
      await expect(blobs.put(`${whole}y`, Buffer.from(''))).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining('1024 bytes'),
      });
    });

    test('lists in the order of the UTF-8 bytes of the keys', async () => {
      await put(...[...SORTED].reverse());
      expect(await keysOf('')).toEqual(SORTED);
    });

    test.each([1, 2, 3, 5, 100])('lists everything once in pages of %i', async (limit) => {
      await put(...SORTED);
      const found: string[] = [];
      for (let after = ''; ; after = found.at(-1) as string) {
        const page = await keysOf('', { after, limit });
        if (page.length === 0) break;
        expect(page.length).toBeLessThanOrEqual(limit);
        found.push(...page);
      }
      expect(found).toEqual(SORTED);
    });

    test('lists what begins with a prefix, behind any text', async () => {
      await put(...SORTED);
      expect(await keysOf('a')).toEqual(SORTED.filter((key) => key.startsWith('a')));
      expect(await keysOf('a/')).toEqual(['a/b', 'a/b c', 'a/ü/x']);
      expect(await keysOf('a/b')).toEqual(['a/b', 'a/b c']);
      expect(await keysOf('a/b/')).toEqual([]);
      expect(await keysOf('nothing/here')).toEqual([]);
      expect(await keysOf('../')).toEqual([]);
      expect(await keysOf('a', { after: 'a/b' })).toEqual(['a/b c', 'a/ü/x', 'ab']);
      expect(await keysOf('a', { after: 'a/bb' })).toEqual(['a/ü/x', 'ab']);
      expect(await keysOf('a', { after: 'a/' })).toEqual(['a/b', 'a/b c', 'a/ü/x', 'ab']);
      expect(await keysOf('a', { after: 'a0' })).toEqual(['ab']);
      expect(await keysOf('a', { after: 'A' })).toEqual(SORTED.filter((key) => key.startsWith('a')));
      expect(await keysOf('a', { after: '🙂' })).toEqual([]);
      expect(await keysOf('', { limit: 0 })).toEqual([]);
    });

    test('removes an object, and again, and leaves the others', async () => {
      await put('folder/one', 'folder/two', 'three');
      await blobs.remove('folder/one');
      await blobs.remove('folder/one');
      await blobs.remove('three');
      await blobs.remove('three');
      await blobs.remove('folder');
      await blobs.remove('never/there');
      expect(await blobs.head('folder/one')).toBeNull();
      expect(await keysOf('')).toEqual(['folder/two']);
      await blobs.remove('folder/two');
      expect(await keysOf('')).toEqual([]);
    });

    test('a reader may give up half way', async () => {
      await blobs.put('big', aBody(4 * MIB));
      const body = await blobs.get('big');
      for await (const chunk of body) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect(body.destroyed).toBe(true);
      const other = await blobs.get('big');
      const closed = new Promise((resolve) => other.once('close', resolve));
      other.once('error', () => undefined);
      other.destroy(new Error('no longer wanted'));
      await closed;
      expect(await blobs.head('big')).toMatchObject({ bytes: 4 * MIB });
    });

    test('gives a link that anyone can fetch, or none', async () => {
      await put('a b=c/é');
      const link = await blobs.link('a b=c/é', 60);
      if (!opened.links) {
        expect(link).toBeNull();
        return;
      }
      const answer = await fetch(link as string);
      expect([answer.status, await answer.text()]).toEqual([200, 'a b=c/é']);
    });
  });
}
