import { auditServer } from 'graphql-http';
import { type RunningApp, startTestApp, TEST_KEY } from './running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.remove());

/** What a bare Apollo Server answers otherwise than the audits would like, and why it stays so. */
const NOTICES = ['5A70', '6A70', 'D6D5'];
const WARNINGS = ['572B', '7B9B', 'FDE2'];

test('the 61 audits of GraphQL over HTTP find what they find in a bare Apollo Server, interpreted and compiled alike', async () => {
  for (let round = 0; round < 5; round += 1) {
    const results = await auditServer({
      url: `${app.url}/graphql`,
      fetchFn: (url: string, init: RequestInit = {}) =>
        fetch(url, {
          ...init,
          headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${TEST_KEY}` },
        }),
    });
    const idsOf = (status: string) =>
      results
        .filter((result) => result.status === status)
        .map(({ id }) => id)
        .sort();
    expect(results.filter(({ status }) => status === 'error')).toEqual([]);
    expect([idsOf('notice'), idsOf('warn'), idsOf('ok').length]).toEqual([NOTICES, WARNINGS, 55]);
    expect(results).toHaveLength(61);
  }
});
