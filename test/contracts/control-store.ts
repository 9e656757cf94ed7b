import type { ControlStore } from '../../src/ports/control-store.ts';

export interface OpenedControl {
  readonly store: ControlStore;
  /** By which leases expire. */
  readonly clock: { at: number };
  /** How long after its expiry a lease is held back for clocks that differ. */
  readonly marginMs: number;
  /** Closes it and opens what it left: a restart. */
  reopen(): Promise<ControlStore>;
  /** Closes it and removes what it left. */
  remove(): Promise<void>;
}

/** In the order of their UTF-8 bytes, which is not the order of JavaScript's strings: see the last two. */
const SORTED = [' ', '!', 'A', 'Z', 'a', 'a\0', 'a\n', 'a b', 'a/b', 'aa', 'b', '~', 'é', '雪', '～', '🙂', '🙂x'];

const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'won',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** What every engine promises. `open` gives an empty store. */
export function describeControlStore(engine: string, open: () => Promise<OpenedControl>): void {
  describe(`${engine} as a ControlStore`, () => {
    let opened: OpenedControl;
    let store: ControlStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.remove());
    const reopen = async (): Promise<void> => {
      store = await opened.reopen();
    };

    const put = (id: string, body = '{}', expected = 0, kind = 'rule') => store.put({ kind, id, body }, expected);
    const idsOf = async (...args: Parameters<ControlStore['list']>) => (await store.list(...args)).map(({ id }) => id);

    describe('documents', () => {
      test('is empty when new', async () => {
        expect(await store.get('rule', 'a')).toBeNull();
        expect(await store.list('rule')).toEqual([]);
      });

      test('counts versions from 1 and gives back what was written last', async () => {
        const body = '{"größe":"🙂\\u0000","n":1}';
        const first = { kind: 'rule', id: 'a', version: 1, body };
        expect(await put('a', body)).toEqual(first);
        expect(await store.get('rule', 'a')).toEqual(first);
        expect(await put('a', '{"n":2}', 1)).toEqual({ ...first, version: 2, body: '{"n":2}' });
        expect(await put('a', '', 2)).toMatchObject({ version: 3 });
        expect(await store.get('rule', 'a')).toEqual({ ...first, version: 3, body: '' });
        expect(await store.list('rule')).toEqual([{ ...first, version: 3, body: '' }]);
      });

      test.each([
        ['a new one over one that is there', 0],
        ['one over a later version', 1],
        ['one over a version that is not yet there', 3],
      ])('refuses %s with CONFLICT and leaves the document', async (_, expected) => {
        await put('a', 'one');
        await put('a', 'two', 1);
        await expect(put('a', 'mine', expected)).rejects.toMatchObject({
          code: 'CONFLICT',
          retryable: false,
          message: expect.stringContaining('rule a'),
        });
        await expect(store.remove('rule', 'a', expected)).rejects.toMatchObject({ code: 'CONFLICT' });
        expect(await store.get('rule', 'a')).toMatchObject({ version: 2, body: 'two' });
      });

      test('refuses to change or remove what is not there', async () => {
        await expect(put('a', 'mine', 1)).rejects.toMatchObject({ code: 'CONFLICT' });
        for (const expected of [0, 1]) {
          await expect(store.remove('rule', 'a', expected)).rejects.toMatchObject({ code: 'CONFLICT' });
        }
        expect(await store.get('rule', 'a')).toBeNull();
      });

      test('removes a document, after which there is none', async () => {
        await put('a');
        await put('b');
        await store.remove('rule', 'a', 1);
        expect(await store.get('rule', 'a')).toBeNull();
        expect(await idsOf('rule')).toEqual(['b']);
        await expect(store.remove('rule', 'a', 1)).rejects.toMatchObject({ code: 'CONFLICT' });
        expect(await put('a')).toMatchObject({ version: 1 });
      });

      test('of 50 that write at once, exactly one makes each version', async () => {
        for (let version = 0; version < 4; version += 1) {
          const writers = Array.from({ length: 50 }, (_, writer) => `${version}:${writer}`);
          const outcomes = await Promise.all(writers.map((body) => outcomeOf(put('a', body, version))));
          expect(outcomes.filter((outcome) => outcome === 'won')).toEqual(['won']);
          expect(outcomes.filter((outcome) => outcome === 'CONFLICT').length).toBe(49);
          const winner = writers[outcomes.indexOf('won')];
          expect(await store.get('rule', 'a')).toEqual({ kind: 'rule', id: 'a', version: version + 1, body: winner });
        }
      });

      test('of writers and removers at once, exactly one has its way', async () => {
        await put('a', 'first');
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            outcomeOf(index % 2 === 0 ? put('a', 'second', 1) : store.remove('rule', 'a', 1)),
          ),
        );
        expect(outcomes.filter((outcome) => outcome === 'won')).toEqual(['won']);
        const isPut = outcomes.indexOf('won') % 2 === 0;
        expect(await store.get('rule', 'a')).toEqual(isPut ? expect.objectContaining({ version: 2 }) : null);
      });

      test('loses no step of a count that several raise', async () => {
        const raise = async (): Promise<void> => {
          for (let attempt = 0; attempt < 100; attempt += 1) {
            const found = await store.get('rule', 'count');
            const body = String(Number(found?.body ?? 0) + 1);
            if ((await outcomeOf(put('count', body, found?.version ?? 0))) === 'won') return;
          }
        };
        await Promise.all(Array.from({ length: 12 }, raise));
        expect(await store.get('rule', 'count')).toMatchObject({ body: '12', version: 12 });
      });

      test('lists in the order of the UTF-8 bytes of the ids, whatever is in them', async () => {
        await Promise.all([...SORTED].reverse().map((id) => put(id, `body of ${id}`)));
        expect(await idsOf('rule')).toEqual(SORTED);
        for (const id of SORTED) expect(await store.get('rule', id)).toMatchObject({ id, body: `body of ${id}` });
      });

      test('lists everything once in pages of any size, behind any text', async () => {
        await Promise.all(SORTED.map((id) => put(id)));
        for (const limit of [1, 2, 3, 7, 16, 17, 18]) {
          const found: string[] = [];
          for (let after = ''; ; after = found.at(-1) as string) {
            const page = await idsOf('rule', { after, limit });
            if (page.length === 0) break;
            expect(page.length).toBeLessThanOrEqual(limit);
            found.push(...page);
          }
          expect(found).toEqual(SORTED);
        }
        expect(await idsOf('rule', { after: 'ab', limit: 2 })).toEqual(['b', '~']);
        expect(await idsOf('rule', { after: '\u{10ffff}' })).toEqual([]);
        expect(await idsOf('rule', { limit: 0 })).toEqual([]);
      });

      test('lists 100 unless told otherwise, and more than one answer of the engine holds', async () => {
        const ids = Array.from({ length: 105 }, (_, index) => String(index).padStart(3, '0'));
        await Promise.all(ids.map((id) => put(id, 'x'.repeat(30_000))));
        expect(await idsOf('rule')).toEqual(ids.slice(0, 100));
        expect(await idsOf('rule', { limit: 1_000 })).toEqual(ids);
      });

      test('keeps kinds apart, whatever is in their names', async () => {
        const kinds = ['a', 'a\0', 'a/', 'ab', 'lease', 'document/a', 'ü', 'x'.repeat(255)];
        for (const kind of kinds) for (const id of ['b', 'ab']) await put(id, kind, 0, kind);
        for (const kind of kinds) {
          expect(await store.list(kind)).toEqual([
            { kind, id: 'ab', version: 1, body: kind },
            { kind, id: 'b', version: 1, body: kind },
          ]);
        }
        expect(await store.list('document')).toEqual([]);
      });

      test('takes ids of 1,000 and bodies of 393,216 bytes, and says so when they are longer', async () => {
        const body = `${'ü'.repeat(196_608)}`;
        await put('é'.repeat(500), body, 0, 'k'.repeat(255));
        expect(await store.get('k'.repeat(255), 'é'.repeat(500))).toMatchObject({ body });
        const refused = { code: 'BAD_USER_INPUT', retryable: false };
        await expect(put('a', `${body}x`)).rejects.toMatchObject({
          ...refused,
          message:
            'The rule a is 393217 bytes long; at most 393216 bytes of text can be kept. Make it shorter, or divide it.',
        });
        await expect(put(`${'é'.repeat(500)}x`)).rejects.toMatchObject(refused);
        await expect(put('a', '{}', 0, 'k'.repeat(256))).rejects.toMatchObject(refused);
        await expect(store.list('rule', { after: 'x'.repeat(1_001) })).rejects.toMatchObject(refused);
        expect(await store.list('rule')).toEqual([]);
      });

      test.each(['', 'a\ud800', '\udc00a'])('refuses %j as a kind, as an id and as a lease', async (text) => {
        const refused = { code: 'BAD_USER_INPUT', retryable: false };
        await expect(put(text)).rejects.toMatchObject(refused);
        await expect(put('a', '{}', 0, text)).rejects.toMatchObject(refused);
        await expect(store.get('rule', text)).rejects.toMatchObject(refused);
        await expect(store.remove('rule', text, 1)).rejects.toMatchObject(refused);
        await expect(store.list(text)).rejects.toMatchObject(refused);
        await expect(store.lease(text, 'one', 1_000)).rejects.toMatchObject(refused);
        await expect(store.lease('job', text, 1_000)).rejects.toMatchObject(refused);
        await expect(store.release(text, 'one')).rejects.toMatchObject(refused);
      });

      test('keeps documents over a restart', async () => {
        await put('a', 'one');
        await put('a', 'two', 1);
        await put('b');
        await store.remove('rule', 'b', 1);
        await reopen();
        expect(await store.list('rule')).toEqual([{ kind: 'rule', id: 'a', version: 2, body: 'two' }]);
        await expect(put('a', 'mine', 1)).rejects.toMatchObject({ code: 'CONFLICT' });
        expect(await put('a', 'three', 2)).toMatchObject({ version: 3 });
      });
    });

    describe('leases', () => {
      const take = (holder: string, ttlMs = 10_000, name = 'job') => store.lease(name, holder, ttlMs);
      const later = (ms: number): void => {
        opened.clock.at += ms;
      };

      test('gives a lease to one, refuses it to another, and makes it longer for its holder', async () => {
        const taken = { name: 'job', holder: 'one', token: 1, expiresAt: opened.clock.at + 10_000 };
        expect(await take('one')).toEqual(taken);
        expect(await take('two')).toBeNull();
        later(9_000);
        expect(await take('two')).toBeNull();
        expect(await take('one')).toEqual({ ...taken, expiresAt: opened.clock.at + 10_000 });
        later(9_000);
        expect(await take('two')).toBeNull();
        expect(await take('two', 10_000, 'another job')).toMatchObject({ holder: 'two', token: 1 });
      });

      test('gives an expired lease to another, with a higher token, and not a moment before', async () => {
        await take('one', 10_000);
        later(10_000 + opened.marginMs - 1);
        expect(await take('two')).toBeNull();
        later(1);
        expect(await take('two')).toMatchObject({ holder: 'two', token: 2, expiresAt: opened.clock.at + 10_000 });
        expect(await take('one')).toBeNull();
      });

      test('gives an expired lease back to its holder when nobody else took it, with its token', async () => {
        await take('one', 10_000);
        later(1_000_000);
        expect(await take('one')).toMatchObject({ holder: 'one', token: 1, expiresAt: opened.clock.at + 10_000 });
        expect(await take('two')).toBeNull();
      });

      test('gives a released lease to another at once; its token grows all the same', async () => {
        for (let token = 1; token <= 4; token += 1) {
          expect(await take(`holder ${token}`)).toMatchObject({ token });
          await store.release('job', `holder ${token}`);
        }
        expect(await take('holder 4')).toMatchObject({ token: 5 });
      });

      test('a release by one that does not have it does nothing', async () => {
        await store.release('job', 'one');
        await take('one');
        await store.release('job', 'two');
        await store.release('other', 'one');
        expect(await take('two')).toBeNull();
        later(10_000 + opened.marginMs);
        expect(await take('two')).toMatchObject({ token: 2 });
        await store.release('job', 'one');
        expect(await take('one')).toBeNull();
      });

      test('two that race for it 100 times never both have it, and each of them gets it with a higher token', async () => {
        let token = 0;
        for (let round = 0; round < 100; round += 1) {
          const taken = (await Promise.all([take('one'), take('two')])).filter((lease) => lease !== null);
          expect(taken.length).toBe(1);
          expect(taken[0]?.token).toBe(token + 1);
          token += 1;
          if (round % 2 === 0) later(10_000 + opened.marginMs);
          // A holder that finds it its own keeps the token: so it is always given back before the next round.
          await store.release('job', taken[0]?.holder as string);
        }
      });

      test('of 20 that race for an expired one, exactly one has it', async () => {
        await take('former');
        later(10_000 + opened.marginMs);
        const taken = await Promise.all(Array.from({ length: 20 }, (_, index) => take(`holder ${index}`)));
        expect(taken.filter((lease) => lease !== null)).toEqual([expect.objectContaining({ token: 2 })]);
      });

      test('is held over a restart, and its token grows over one too', async () => {
        await take('one');
        await reopen();
        expect(await take('two')).toBeNull();
        await store.release('job', 'one');
        await reopen();
        expect(await take('two')).toMatchObject({ token: 2 });
      });

      test.each([0, -1, Number.NaN, 24 * 60 * 60 * 1_000 + 1])('refuses to last %d ms', async (ttlMs) => {
        await expect(take('one', ttlMs)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      });
    });
  });
}
