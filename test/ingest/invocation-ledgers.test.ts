import { createInvocationLedgers } from '../../src/ingest/invocation-ledgers.ts';
import { startBucketLedger, statesOf } from './bucket-ledger.ts';
import { aDraft, linesOf } from './held-stream.ts';

describe('the ledger of a function', () => {
  test('is opened and closed by each invocation, under one name and with numbers that go on', async () => {
    const { held, time, ledger, settle } = startBucketLedger();
    const openLedger = createInvocationLedgers(ledger);
    for (const name of ['a', 'b']) {
      const opening = openLedger({ until: time.clock.now() + 5_000 });
      await settle(20);
      const appender = await opening;
      await Promise.all([appender.append([aDraft(name)]), settle(100)]);
      await Promise.all([appender.close(), settle(20)]);
    }
    const once = ['OPEN 0', 'OPEN 1', 'CLOSED 0', 'CLOSED 1'];
    expect(statesOf(held.log)).toEqual([...once, ...once]);
    expect(held.log.flatMap(linesOf).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(new Set(held.log.flatMap(linesOf).map(({ node }) => node)).size).toBe(1);
  });

  test('is left to the invocation that came after one that opened too late', async () => {
    const { held, time, ledger, settle } = startBucketLedger();
    const openLedger = createInvocationLedgers(ledger);
    const late = openLedger({ until: time.clock.now() + 60_000 });
    await time.pass(1);
    const next = openLedger({ until: time.clock.now() + 60_000 });
    await settle(50);
    await (await late).close();
    const appender = await next;
    await Promise.all([appender.append([aDraft('a')]), settle(100)]);
    await Promise.all([appender.close(), settle(50)]);
    expect(statesOf(held.log).filter((state) => state.startsWith('CLOSED'))).toEqual(['CLOSED 0', 'CLOSED 1']);
    expect(statesOf(held.log).at(-1)).toBe('CLOSED 1');
  });

  test('gives up opening when its time is over', async () => {
    const { time, ledger } = startBucketLedger();
    const opening = createInvocationLedgers(ledger)({ until: time.clock.now() + 700 }).catch((error: unknown) => error);
    await time.pass(699);
    await time.pass(1);
    expect(await opening).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
  });
});
