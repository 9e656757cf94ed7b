import { Writable } from 'node:stream';
import { pino } from 'pino';
import { bindKinesisMetrics } from '../../src/app/kinesis-metrics.ts';
import { createMetrics } from '../../src/server/metrics.ts';

test('an outage is said every ten seconds, with how often it was not, and not with every call', () => {
  const lines: { doing: string; unsaid?: number }[] = [];
  const log = pino(
    new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(JSON.parse(String(chunk)));
        done();
      },
    }),
  );
  let now = 0;
  const { trouble } = bindKinesisMetrics(createMetrics(), log, () => now);
  for (; now < 25_000; now += 100) {
    trouble?.({ doing: 'PUT', cause: new Error('socket hang up') });
    if (now === 500) trouble?.({ doing: 'READ', cause: new Error('socket hang up') });
  }
  expect(lines.map(({ doing, unsaid }) => [doing, unsaid])).toEqual([
    ['PUT', undefined],
    ['READ', undefined],
    ['PUT', 99],
    ['PUT', 99],
  ]);
});
