import { parse } from 'graphql';
import { createDocumentStore, createExecutor } from '../../../src/server/execution/index.ts';
import { shapesSchema } from './shapes-schema.ts';

const withComment = (text: string, length: number) => parse(`#${'x'.repeat(length - text.length - 2)}\n${text}`);

describe('a text that is long, if only by its comments', () => {
  test('is interpreted however often it comes: compiled code would hold on to it', async () => {
    const executor = createExecutor({ schema: shapesSchema, compileAtUse: 1, schedule: (compile) => compile() });
    for (const [length, observed] of [
      [20_001, 0],
      [20_000, 1],
    ] as const) {
      const document = withComment('{ hello }', length);
      expect(document.loc?.source.body).toHaveLength(length);
      for (let use = 0; use < 5; use += 1) {
        expect(await executor.execute({ document, contextValue: { caller: 'analyst' } })).toEqual({
          data: { hello: 'Hello analyst' },
        });
      }
      expect(executor.stats()).toMatchObject({ observed, compiled: observed });
    }
  });

  test('is not kept parsed, and of shorter ones a million characters at most', async () => {
    const store = createDocumentStore();
    await store.set('long', withComment('{ hello }', 20_001));
    expect(await store.get('long')).toBeUndefined();
    const texts = 150;
    for (let n = 0; n < texts; n += 1) await store.set(`short ${n}`, withComment(`{ f${n}: hello }`, 18_000));
    const kept = await Promise.all(Array.from({ length: texts }, (_, n) => store.get(`short ${n}`)));
    const lengths = kept.map((document) => document?.loc?.source.body.length ?? 0);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    expect(total).toBeLessThanOrEqual(1_000_000);
    expect(total).toBeGreaterThan(900_000);
    // The latest are kept.
    expect(lengths.at(-1)).toBe(18_000);
    await store.delete(`short ${texts - 1}`);
    expect(await store.get(`short ${texts - 1}`)).toBeUndefined();
  });
});
