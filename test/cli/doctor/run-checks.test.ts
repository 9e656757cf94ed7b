import { runChecks } from '../../../src/cli/doctor/run-checks.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { about, type Check, type Finding } from '../../../src/ports/checkup.ts';

const check = (subject: string, run: Check['run']): Check => ({ subject, run });
async function findingsOf(checks: readonly Check[], timeoutMs = 1_000): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const findings of runChecks(checks, { timeoutMs })) found.push(...findings);
  return found;
}

test('all checks run, whatever becomes of any, and are told in their order', async () => {
  const found = await findingsOf([
    check('slow', () => new Promise((resolve) => setImmediate(() => resolve([about('slow').ok('fine')])))),
    check('broken', () => Promise.reject(new TypeError('x is undefined'))),
    check('thrown', () => {
      throw new Error('at once');
    }),
    check('advised', () =>
      Promise.reject(new AppError('STREAM_UNAVAILABLE', 'Do this.', { cause: new Error('secret') })),
    ),
    check('several', async () => [about('one').ok('1'), about('two').warn('2')]),
  ]);
  expect(found).toEqual([
    { subject: 'slow', status: 'ok', message: 'fine' },
    { subject: 'broken', status: 'fail', message: 'TypeError: x is undefined' },
    { subject: 'thrown', status: 'fail', message: 'at once' },
    { subject: 'advised', status: 'fail', message: 'Do this.' },
    { subject: 'one', status: 'ok', message: '1' },
    { subject: 'two', status: 'warn', message: '2' },
  ]);
});

test('a check that does not answer is left behind when its time is over, and told to end', async () => {
  let told = false;
  const found = await findingsOf(
    [
      check('silent', (signal) => {
        signal.addEventListener('abort', () => {
          told = true;
        });
        return new Promise(() => undefined);
      }),
      check('quick', async () => [about('quick').ok('fine')]),
    ],
    20,
  );
  expect(found).toEqual([
    { subject: 'silent', status: 'fail', message: expect.stringMatching(/^no answer within 0\.02 s\. Check network/) },
    { subject: 'quick', status: 'ok', message: 'fine' },
  ]);
  expect(told).toBe(true);
});

test('checks run side by side: ten that never answer take the time of one', async () => {
  const startedAt = performance.now();
  const found = await findingsOf(
    Array.from({ length: 10 }, (_, index) => check(`${index}`, () => new Promise(() => undefined))),
    100,
  );
  expect(found).toHaveLength(10);
  expect(performance.now() - startedAt).toBeLessThan(900);
});

test('one that fails after it was left behind ends nothing', async () => {
  let fail: (error: Error) => void = () => undefined;
  await findingsOf([check('late', () => new Promise((_resolve, reject) => (fail = reject)))], 10);
  fail(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve));
});
