import {
  type DeliveryStreamDescription,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  type FirehoseClientConfig,
  ListDeliveryStreamsCommand,
} from '@aws-sdk/client-firehose';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { about, type Checkup, type Finding } from '../../ports/checkup.ts';

export interface FirehoseNeeds {
  /** Whose records it delivers. */
  readonly streamArn: () => Promise<string>;
  /** Where the loader reads; null where Snowpipe does. */
  readonly landing: { readonly bucket: string; readonly prefix: string } | null;
  readonly clientConfig?: FirehoseClientConfig;
}

const SUBJECT = 'Firehose';
const PAGES = 10;
/** As many as an account has unless it asked for more. */
const MOST_DESCRIBED = 50;

/** The delivery stream behind the Kinesis stream, found by its source: the gateway does not know its name. */
export function firehoseChecks({ streamArn, landing, clientConfig = {} }: FirehoseNeeds): Checkup {
  const { skip } = about(SUBJECT);
  const client = new FirehoseClient({
    requestHandler: new NodeHttpHandler({ connectionTimeout: 2_000 }),
    maxAttempts: 2,
    ...clientConfig,
  });
  const run = async (abortSignal: AbortSignal): Promise<readonly Finding[]> => {
    const arn = await streamArn().catch(() => '');
    if (arn === '') return [skip('was not looked for: the Kinesis stream that it would read is not known')];
    try {
      const { found, hidden } = await findDelivery(client, arn, abortSignal);
      if (found) return judgeDelivery(found, landing);
      return [hidden > 0 ? skip(`was not found among those that this role may describe. ${RIGHTS}`) : noDelivery()];
    } catch (error) {
      return [skip(`was not looked for (${(error as Error).name}). ${RIGHTS}`)];
    }
  };
  return { checks: [{ subject: SUBJECT, run }], close: async () => client.destroy() };
}

/** The gateway itself never asks Firehose anything, so that its role need not be able to. */
const RIGHTS = 'To see it here, allow this role firehose:ListDeliveryStreams and firehose:DescribeDeliveryStream.';

const noDelivery = (): Finding =>
  about(SUBJECT).warn(
    'no delivery stream of this account and region reads the Kinesis stream, so that nothing would reach the warehouse. ' +
      'Make one, or see that another account delivers.',
  );

async function findDelivery(
  client: FirehoseClient,
  streamArn: string,
  abortSignal: AbortSignal,
): Promise<{ readonly found: DeliveryStreamDescription | null; readonly hidden: number }> {
  let described = 0;
  /** Somebody else's, for all we know. */
  let hidden = 0;
  let after: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const { DeliveryStreamNames: names = [], HasMoreDeliveryStreams: more } = await client.send(
      new ListDeliveryStreamsCommand({
        DeliveryStreamType: 'KinesisStreamAsSource',
        ...(after !== undefined && { ExclusiveStartDeliveryStreamName: after }),
      }),
      { abortSignal },
    );
    for (const DeliveryStreamName of names) {
      if (described === MOST_DESCRIBED) return { found: null, hidden };
      described += 1;
      const { DeliveryStreamDescription: found } = await client
        .send(new DescribeDeliveryStreamCommand({ DeliveryStreamName }), { abortSignal })
        .catch((error: Error) => {
          if (error.name !== 'AccessDeniedException') throw error;
          hidden += 1;
          return { DeliveryStreamDescription: undefined };
        });
      if (found?.Source?.KinesisStreamSourceDescription?.KinesisStreamARN === streamArn) return { found, hidden };
    }
    after = names.at(-1);
    if (!more || after === undefined) break;
  }
  return { found: null, hidden };
}

export function judgeDelivery(delivery: DeliveryStreamDescription, landing: FirehoseNeeds['landing']): Finding[] {
  const { ok, warn, fail } = about(SUBJECT);
  const { DeliveryStreamName: name, DeliveryStreamStatus: status, FailureDescription: failure } = delivery;
  if (status !== 'ACTIVE') {
    return [
      fail(
        `${name} is ${status}${failure ? ` (${failure.Details})` : ''}. Until it is ACTIVE nothing reaches the warehouse.`,
      ),
    ];
  }
  const target = delivery.Destinations?.[0]?.ExtendedS3DestinationDescription;
  const bucket = target?.BucketARN?.split(':').at(-1);
  if (!target || !bucket)
    return [fail(`${name} delivers to something else than S3. Make one that delivers to a bucket.`)];
  const prefix = target.Prefix ?? '';
  const place = `s3://${bucket}/${prefix}`;
  const faults: Finding[] = [];
  if (landing && (bucket !== landing.bucket || !prefix.startsWith(landing.prefix))) {
    faults.push(
      fail(
        `${name} delivers to ${place}, and the loader reads s3://${landing.bucket}/${landing.prefix}. Correct TRAILGATE_LANDING_BUCKET or TRAILGATE_LANDING_PREFIX, or the delivery stream.`,
      ),
    );
  }
  if (!['GZIP', 'UNCOMPRESSED'].includes(target.CompressionFormat ?? 'UNCOMPRESSED')) {
    faults.push(fail(`${name} compresses by ${target.CompressionFormat}, which is not read. Set GZIP.`));
  }
  if (target.DataFormatConversionConfiguration?.Enabled || target.ProcessingConfiguration?.Enabled) {
    faults.push(
      warn(
        `${name} changes what it delivers. Lines must come as they were written: turn processing and conversion off.`,
      ),
    );
  }
  return faults.length > 0 ? faults : [ok(`${name} is ACTIVE and delivers to ${place}`)];
}
