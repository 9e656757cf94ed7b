// A process of its own for bench/kinesis.mjs: kinesalite behind a proxy that counts what the gateway sends, and s3rver with
// an empty bucket, for the loader to look into. Afterwards the same events are sent again, a record each.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { startFaultProxy } from '../test/rigs/fault-proxy.ts';
import { startKinesalite } from '../test/rigs/kinesalite.ts';
import { configFor, createStream } from '../test/rigs/kinesis-endpoint.ts';
import { startS3rver } from '../test/rigs/s3rver.ts';
import { answerParent } from '../test/soak/kinesis-rig-answers.ts';
import { createCounts, type SentRecord } from './kinesis-counts.ts';

const { shards, gatherMs } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly shards: number;
  /** How long a producer without packing would wait for the next events of a call. */
  readonly gatherMs: number;
};
const [streamName, unpackedName] = ['packed', 'unpacked'];
const MOST_RECORDS = 500;
const OBJECT_BYTES = 8 * 1024 * 1024;

interface EventLine {
  readonly text: string;
  readonly receivedAt: number;
  readonly key: string;
}

const path = mkdtempSync(join(tmpdir(), 'trailgate-kinesalite-'));
process.on('exit', () => rmSync(path, { recursive: true, force: true }));
const kinesalite = await startKinesalite({ path, shardLimit: 2 * shards });
await createStream(kinesalite.url, streamName, shards);
await createStream(kinesalite.url, unpackedName, shards);
const packed = createCounts();
const sent: SentRecord[] = [];
const proxy = await startFaultProxy({
  target: kinesalite.url,
  fault: ({ operation, input }) => {
    if (operation === 'PutRecords') {
      const records = input.Records as readonly SentRecord[];
      packed.add(records);
      sent.push(...records);
    }
    return null;
  },
});
const s3 = await startS3rver();
const bucket = await s3.createBucket();
const client = new KinesisClient(configFor(kinesalite.url));

answerParent(
  { kinesisUrl: proxy.url, s3Url: s3.clientConfig.endpoint, streamName, bucket },
  {
    packed: () => ({ ...packed.figures, ...countLines(sent), gzipBytes: gzipBytesOf(sent) }),
    unpacked: sendUnpacked,
    stop: async () => {
      client.destroy();
      await proxy.stop();
      await kinesalite.stop();
      await s3.stop();
    },
  },
);

function countLines(records: readonly SentRecord[]) {
  const figures = { eventLines: 0, eventBytes: 0, ledgerLines: 0, ledgerBytes: 0 };
  for (const { Data } of records) {
    for (const line of linesOf(Data)) {
      const bytes = Buffer.byteLength(line) + 1;
      if (line.includes('"kind":"LEDGER"')) {
        figures.ledgerLines += 1;
        figures.ledgerBytes += bytes;
      } else {
        figures.eventLines += 1;
        figures.eventBytes += bytes;
      }
    }
  }
  return figures;
}

/** As Firehose writes them: joined, an object at a time. */
function gzipBytesOf(records: readonly SentRecord[]): number {
  const lines = Buffer.concat(records.map(({ Data }) => Buffer.from(Data, 'base64')));
  let bytes = 0;
  for (let from = 0; from < lines.length; from += OBJECT_BYTES) {
    bytes += gzipSync(lines.subarray(from, from + OBJECT_BYTES)).length;
  }
  return bytes;
}

/** Every event line of the packed records by itself, those of `gatherMs` together in calls of up to 500 records. */
async function sendUnpacked() {
  const counts = createCounts();
  const lines = sent.flatMap(({ Data, PartitionKey }) =>
    linesOf(Data).flatMap((text) => toEventLine(text, PartitionKey)),
  );
  lines.sort((one, other) => one.receivedAt - other.receivedAt);
  for (let from = 0; from < lines.length; ) {
    const until = (lines[from] as EventLine).receivedAt + gatherMs;
    let to = from;
    while (to < lines.length && to - from < MOST_RECORDS && (lines[to] as EventLine).receivedAt < until) to += 1;
    const records = lines
      .slice(from, to)
      .map(({ text, key }) => ({ Data: Buffer.from(`${text}\n`), PartitionKey: key }));
    const answer = await client.send(new PutRecordsCommand({ StreamName: unpackedName, Records: records }));
    if (answer.FailedRecordCount) throw new Error(`${answer.FailedRecordCount} records were not taken`);
    counts.add(records.map(({ Data, PartitionKey }) => ({ Data: Data.toString('base64'), PartitionKey })));
    from = to;
  }
  return counts.figures;
}

function toEventLine(text: string, key: string): EventLine[] {
  const { kind, receivedAt } = JSON.parse(text) as { kind: string; receivedAt: string };
  return kind === 'EVENT' ? [{ text, key, receivedAt: Date.parse(receivedAt) }] : [];
}

function linesOf(data: string): string[] {
  return Buffer.from(data, 'base64').toString().trimEnd().split('\n');
}
