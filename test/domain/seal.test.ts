import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LIMITS } from '../../src/domain/audit-event.ts';
import { createSeal } from '../../src/domain/seal.ts';

describe('a seal', () => {
  const seal = createSeal(Buffer.alloc(32, 7));

  test('opens what it sealed for as long a key as an event may have, however JSON writes it', () => {
    for (const character of ['x', '"', '\u0001', '語', '\u{1F511}']) {
      const eventId = character.repeat(LIMITS.maxFieldLength / character.length);
      const text = JSON.stringify({ q: 'question-012', p: { k: [1_710_945_000_000, eventId], m: 1_710_945_000_000 } });
      expect(seal.openId(seal.sealId(text))).toBe(text);
      expect(seal.openOnce('cursor', seal.sealOnce('cursor', text))).toBe(text);
    }
  });

  test('opens nothing that was sealed for another purpose, under another key, or changed', () => {
    const sealed = seal.sealOnce('cursor', 'text');
    expect(seal.openOnce('position', sealed)).toBeNull();
    expect(seal.openId(sealed)).toBeNull();
    expect(createSeal(Buffer.alloc(32, 8)).openOnce('cursor', sealed)).toBeNull();
    for (let at = 0; at < sealed.length; at += 1) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      expect(seal.openOnce('cursor', sealed.slice(0, at) + other + sealed.slice(at + 1))).toBeNull();
    }
  });

  test('remembers a pseudonym without the text that the id was cut out of', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 100; n += 1) {
      const text = Buffer.from(`mutation "usr-with-a-long-name-${1_000 + n}" ${'x'.repeat(1_000_000)}`).toString();
      const id = text.slice(10, 35);
      expect(seal.pseudonymOf(id)).toBe(seal.pseudonymOf(`usr-with-a-long-name-${1_000 + n}`));
    }
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
  });
});
