import { type RunningApp, startTestApp } from './running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.remove());

const LISTINGS = ['auditEvents', 'auditEventGroups', 'userActivity', 'ingestErrors'];
const aliased = (count: number, size: string): string =>
  Array.from({ length: count }, (_, n) => `a${n}: ${LISTINGS[n % 4]}${size} { pageInfo { hasNextPage } }`).join(' ');

test('the listings of a request ask for a bounded number of rows together, whatever they are called', async () => {
  const all = await app.query(`{ ${aliased(4, '(first: 5000)')} }`);
  expect([all.errors, Object.values(all.data)]).toEqual([
    undefined,
    Array(4).fill({ pageInfo: { hasNextPage: false } }),
  ]);
  // 400 pages of the default size are as many rows.
  expect((await app.query(`{ ${aliased(400, '')} }`)).errors).toBeUndefined();

  const { data, errors } = await app.query(`{ ${aliased(4, '(first: 5000)')} b: auditEvents(last: 1) { totalCount } }`);
  expect([data.b, data.a3]).toEqual([null, { pageInfo: { hasNextPage: false } }]);
  expect(errors).toMatchObject([
    {
      message:
        'The listings of this request ask for more than 20000 rows together. Ask for fewer, or in several requests.',
      path: ['b'],
      extensions: { code: 'TOO_COSTLY', retryable: false, inputPath: ['last'] },
    },
  ]);
});
