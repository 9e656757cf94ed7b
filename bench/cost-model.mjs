// What a month costs at 1,000, 10,000 and 100,000 events a second, as the table of docs/production.md: figures of
// bench/kinesis.mjs times list prices. Without --figures it takes those of the run that the page names.
//   node bench/cost-model.mjs [--figures FILE]      FILE is what `node bench/kinesis.mjs --json FILE` wrote
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MEASURED } from './cost-figures.mjs';

const { values } = parseArgs({ options: { figures: { type: 'string' } } });
const measured = values.figures ? JSON.parse(readFileSync(values.figures, 'utf8')).figures : MEASURED;

const HOURS = 730;
const SECONDS = HOURS * 3_600;
const GIB = 2 ** 30;
/** Dollars, us-east-1, without discounts. Where each comes from stands in docs/production.md. */
const PRICES = {
  shardHour: 0.015,
  putUnitsMillion: 0.014,
  /** From 24 hours to seven days, a shard and hour. */
  retentionShardHour: 0.02,
  fanOutShardHour: 0.015,
  fanOutGb: 0.013,
  /** Up to 500 TB a month, the next 1.5 PB, the next 3 PB. */
  firehoseGb: [
    [500 * 1_024, 0.029],
    [1_536 * 1_024, 0.025],
    [Number.POSITIVE_INFINITY, 0.02],
  ],
  s3StandardGbMonth: 0.023,
  s3InstantRetrievalGbMonth: 0.004,
  vcpuHour: 0.04048,
  memoryGbHour: 0.004445,
  credit: 3,
  snowpipeCreditsGb: 0.0037,
  snowflakeTbMonth: 23,
};

/** What is assumed and was not measured. */
const ASSUMED = {
  /** Of one core: the rest is for bursts, and for nodes that fail. */
  gatewayUse: 0.5,
  leastGateways: 2,
  gateway: { vcpus: 2, memoryGb: 4 },
  fanOutConsumers: 1,
  /** Objects in S3 Standard, and after that in Instant Retrieval: the defaults of infra/. */
  standardDays: 30,
  instantRetrievalDays: 370,
  /** A row of raw and one of the mart, compressed by Snowflake, beside the line as it landed; kept for so many months. */
  rowBytes: 120,
  storedMonths: 13,
};
/** Shards of 1 MB a second, with room for half as much again and more. Credits an hour by size. The warehouse that loads never sleeps: ledger lines land every minute. */
const SCALES = [
  { name: '1,000/s', rate: 1_000, shards: 2, from: 'at1000', loadCredits: 1, queryCredits: 1, queryHours: 8 * 22 },
  {
    name: '10,000/s',
    rate: 10_000,
    shards: 16,
    from: 'at2500of10000',
    loadCredits: 2,
    queryCredits: 2,
    queryHours: 12 * 30.4,
  },
  {
    name: '100,000/s',
    rate: 100_000,
    shards: 160,
    from: 'at10000of100000',
    loadCredits: 8,
    queryCredits: 4,
    queryHours: HOURS,
  },
];

const columns = SCALES.map(costsOf);
const labels = Object.keys(columns[0].costs);
print(['Month', ...SCALES.map(({ name }) => name)]);
print(['---', ...SCALES.map(() => '---:')]);
for (const [label, values_] of Object.entries(rowsOf(columns, 'amounts'))) print([label, ...values_]);
for (const label of labels) print([label, ...columns.map(({ costs }) => dollars(costs[label]))]);
print(['**Total**', ...columns.map(({ costs }) => `**${dollars(sum(Object.values(costs)))}**`)]);
print(['a record an event instead', ...columns.map(({ unpacked }) => `+ ${dollars(unpacked)}`)]);

function costsOf({ rate, shards, from, loadCredits, queryCredits, queryHours }) {
  const figure = (name) => measured[`${from}.${name}`];
  const events = rate * SECONDS;
  const gbOf = (bytesPerEvent) => (events * bytesPerEvent) / GIB;
  const gateways = Math.max(
    ASSUMED.leastGateways,
    Math.ceil((rate * measured['at10000.gatewayCpuMicrosecondsPerEvent'] * 1e-6) / ASSUMED.gatewayUse),
  );
  const putCost = (units) => ((events * units) / 1e6) * PRICES.putUnitsMillion;
  const firehoseCost = (bytes) => tiered(gbOf(bytes), PRICES.firehoseGb);
  const days = (count) => (gbOf(figure('gzipBytesPerEvent')) * count) / 30.4;
  const costs = {
    'Kinesis: shards': shards * HOURS * PRICES.shardHour,
    'Kinesis: retention of 7 days': shards * HOURS * PRICES.retentionShardHour,
    'Kinesis: PUT units': putCost(figure('packed.putUnitsPerEvent')),
    'Kinesis: one fan-out consumer':
      ASSUMED.fanOutConsumers *
      (shards * HOURS * PRICES.fanOutShardHour + gbOf(figure('packed.bytesPerEvent')) * PRICES.fanOutGb),
    'Firehose to S3': firehoseCost(figure('packed.firehoseBilledBytesPerEvent')),
    'S3, 30 days and a year':
      days(ASSUMED.standardDays) * PRICES.s3StandardGbMonth +
      days(ASSUMED.instantRetrievalDays) * PRICES.s3InstantRetrievalGbMonth,
    Snowpipe: gbOf(figure('packed.bytesPerEvent')) * PRICES.snowpipeCreditsGb * PRICES.credit,
    'Snowflake: load and refresh': loadCredits * HOURS * PRICES.credit,
    'Snowflake: questions': queryCredits * queryHours * PRICES.credit,
    'Snowflake: storage, 13 months':
      ((gbOf(2 * ASSUMED.rowBytes + figure('gzipBytesPerEvent')) * ASSUMED.storedMonths) / 1_024) *
      PRICES.snowflakeTbMonth,
    Gateways:
      gateways * HOURS * (ASSUMED.gateway.vcpus * PRICES.vcpuHour + ASSUMED.gateway.memoryGb * PRICES.memoryGbHour),
  };
  const amounts = {
    'events (billion)': (events / 1e9).toFixed(1),
    'lines written (TB)': (gbOf(figure('packed.bytesPerEvent')) / 1_024).toFixed(1),
    'records an event': figure('packed.recordsPerEvent'),
    'shards; gateways': `${shards}; ${gateways}`,
  };
  const unpacked =
    putCost(figure('unpacked.putUnitsPerEvent')) +
    firehoseCost(figure('unpacked.firehoseBilledBytesPerEvent')) -
    costs['Kinesis: PUT units'] -
    costs['Firehose to S3'];
  return { costs, amounts, unpacked };
}

function tiered(gb, tiers) {
  let left = gb;
  let cost = 0;
  for (const [size, price] of tiers) {
    const here = Math.min(left, size);
    cost += here * price;
    left -= here;
  }
  return cost;
}

function rowsOf(list, part) {
  return Object.fromEntries(
    Object.keys(list[0][part]).map((label) => [label, list.map((column) => column[part][label])]),
  );
}

function dollars(value) {
  const precision = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
  return `$${(Math.round(value / precision) * precision).toLocaleString('en')}`;
}

function sum(list) {
  return list.reduce((total, value) => total + value, 0);
}

function print(cells) {
  console.log(`| ${cells.join(' | ')} |`);
}
