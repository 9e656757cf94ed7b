import { hostChecks, judgeHost } from '../../../src/adapters/host/host-checks.ts';
import { bySubject, findingsOf } from '../findings.ts';

const GIB = 2 ** 30;
const judged = (facts: Partial<Parameters<typeof judgeHost>[1]>, duckdbMemoryMiB: number | null = 1_024) =>
  bySubject(judgeHost({ duckdbMemoryMiB }, { nodeVersion: '22.1.0', memoryBytes: 8 * GIB, now: Date.now(), ...facts }));

test.each([
  ['18.20.0', /^fail: 18\.20\.0 is too old\. Install 20\.19/],
  ['20.18.3', /^fail: 20\.18\.3 is too old/],
  ['20.19.0', /^warn: .*no longer gets security fixes\. Install 22/],
  ['22.0.0', /^ok: 22\.0\.0$/],
])('of Node %s', (nodeVersion, words) => {
  expect(judged({ nodeVersion }).Node).toMatch(words);
});

test('memory that DuckDB may take leaves room for the rest, or is said to be too much', () => {
  expect(judged({ memoryBytes: 2 * GIB }).memory).toBe('ok: DuckDB may take 1024 of 2048 MiB');
  expect(judged({ memoryBytes: GIB }).memory).toMatch(/^warn: .*Set TRAILGATE_DUCKDB_MEMORY_MIB to 665 or less/);
  expect(judged({}, null)).not.toHaveProperty('memory');
});

test('a clock that was never set is a failure', () => {
  expect(judged({ now: 0 }).clock).toMatch(/^fail: It is 1970-01-01T00:00:00\.000Z by this machine.*NTP/);
});

test('of this very machine something is found', async () => {
  const found = await findingsOf(hostChecks({ duckdbMemoryMiB: 1 }));
  expect(found.memory).toMatch(/^ok: DuckDB may take 1 of \d+ MiB$/);
  expect(found.clock).toMatch(/^ok: /);
});
