import { readFileSync } from 'node:fs';
import { createKinesisEventStream } from './adapters/event-stream/kinesis-event-stream.ts';
import { type LambdaConfig, readLambdaConfig } from './config/lambda-config.ts';
import { parseMapping } from './domain/mapping-file.ts';
import { createSeal } from './domain/seal.ts';
import { createBucketAppender } from './ingest/bucket-appender.ts';
import { createInvocationLedgers } from './ingest/invocation-ledgers.ts';
import { createLedger } from './ingest/ledger.ts';
import { makeNodeName } from './ingest/ledger-node.ts';
import { systemClock } from './ports/clock.ts';
import { createDynamodbHandler, type DynamodbHandler } from './server/dynamodb-lambda.ts';

export interface Lambda {
  readonly handler: DynamodbHandler;
  close(): Promise<void>;
}

/**
 * The composition root of the function behind a table's stream, and of the replay of its dead letters; app.ts is the
 * gateway's. One node for as long as the function stays warm, its ledger open only while an invocation runs.
 */
export function createLambda(config: LambdaConfig, write: (line: string) => void): Lambda {
  const clock = systemClock;
  const stream = createKinesisEventStream({ streamName: config.kinesisStream, buckets: config.kinesisBuckets });
  const ledger = createLedger({
    appender: createBucketAppender({ stream, clock, node: makeNodeName() }),
    clock,
    isNeeded: true,
    onFailure: () => undefined,
  });
  const handler = createDynamodbHandler({
    openAppender: createInvocationLedgers(ledger),
    clock,
    mapping: config.mappingFile ? parseMapping(readFileSync(config.mappingFile, 'utf8'), config.mappingFile) : null,
    pseudonymOf: createSeal(config.installationKey).pseudonymOf,
    ignoredAttributes: config.ignoredAttributes,
    write,
  });
  return { handler, close: () => stream.close() };
}

let lambda: Lambda | undefined;

/** What Lambda calls: `index.handler` of the bundle (scripts/build-lambda.mjs). Settings are read when it is first called. */
export const handler: DynamodbHandler = async (batch, context) => {
  lambda ??= createLambda(readLambdaConfig(), (line) => process.stdout.write(line));
  return lambda.handler(batch, context);
};
