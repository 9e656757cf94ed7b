import { type FirehoseNeeds, firehoseChecks, judgeDelivery } from '../../../src/adapters/landing/firehose-checks.ts';
import { type AwsAnswers, refused, startAwsAnswers, told } from '../../rigs/aws-answers.ts';
import { bySubject, findingsOf } from '../findings.ts';

/** No emulator on npm has Firehose; MiniStack's is looked at in test/cloud/chain. */
let aws: AwsAnswers;
beforeEach(async () => {
  aws = await startAwsAnswers();
});
afterEach(() => aws.stop());

const STREAM = 'arn:aws:kinesis:eu-central-1:111122223333:stream/audit-events';
const landing = { bucket: 'audit-events-bucket', prefix: 'events/' };
const target = {
  BucketARN: 'arn:aws:s3:::audit-events-bucket',
  Prefix: 'events/year=!{timestamp:yyyy}/',
  CompressionFormat: 'GZIP',
} as const;

const aDelivery = (name: string, source: string, more: object = {}) => ({
  DeliveryStreamName: name,
  DeliveryStreamStatus: 'ACTIVE',
  Source: { KinesisStreamSourceDescription: { KinesisStreamARN: source } },
  Destinations: [{ ExtendedS3DestinationDescription: { ...target, ...more } }],
});

const looking = async (more: Partial<FirehoseNeeds> = {}) =>
  (await findingsOf(firehoseChecks({ streamArn: async () => STREAM, landing, clientConfig: aws.client, ...more })))
    .Firehose;

test('the delivery stream is found by the stream that it reads, over all pages', async () => {
  aws.answer(({ operation, body }) => {
    if (operation === 'ListDeliveryStreams') {
      return body.ExclusiveStartDeliveryStreamName === undefined
        ? told({ DeliveryStreamNames: ['a', 'b'], HasMoreDeliveryStreams: true })
        : told({ DeliveryStreamNames: ['c'], HasMoreDeliveryStreams: false });
    }
    const name = body.DeliveryStreamName as string;
    return told({ DeliveryStreamDescription: aDelivery(name, name === 'c' ? STREAM : `${STREAM}-other`) });
  });
  expect(await looking()).toBe(
    'ok: c is ACTIVE and delivers to s3://audit-events-bucket/events/year=!{timestamp:yyyy}/',
  );
  expect(aws.asked.map(({ operation }) => operation.slice(0, 4))).toEqual(['List', 'Desc', 'Desc', 'List', 'Desc']);
});

test('a stream that nothing delivers is a warning', async () => {
  aws.answer(() => told({ DeliveryStreamNames: [], HasMoreDeliveryStreams: false }));
  expect(await looking()).toMatch(/^warn: no delivery stream .* reads the Kinesis stream/);
});

test('lists that never end are not followed for ever', async () => {
  aws.answer(({ operation }) =>
    operation === 'ListDeliveryStreams'
      ? told({ DeliveryStreamNames: ['a'], HasMoreDeliveryStreams: true })
      : told({ DeliveryStreamDescription: aDelivery('a', `${STREAM}-other`) }),
  );
  expect(await looking()).toMatch(/^warn: /);
  expect(aws.asked.length).toBeLessThanOrEqual(20);
});

test('deliveries of others, which this role may not describe, are passed by', async () => {
  const answers = (own: boolean) =>
    aws.answer(({ operation, body }) => {
      if (operation === 'ListDeliveryStreams') {
        return told({ DeliveryStreamNames: own ? ['a', 'b'] : ['a'], HasMoreDeliveryStreams: false });
      }
      return body.DeliveryStreamName === 'a'
        ? refused('AccessDeniedException')
        : told({ DeliveryStreamDescription: aDelivery('b', STREAM) });
    });
  answers(true);
  expect(await looking()).toMatch(/^ok: b is ACTIVE/);
  answers(false);
  expect(await looking()).toMatch(/^skip: was not found among those that this role may describe/);
});

test('what this role may not see, and what cannot be known, is not called a fault', async () => {
  aws.answer(() => refused('AccessDeniedException'));
  expect(await looking()).toMatch(/^skip: .*AccessDeniedException.*allow this role firehose:ListDeliveryStreams/);
  const streamArn = () => Promise.reject(new Error('there is no stream'));
  expect(await looking({ streamArn })).toMatch(/^skip: .*the Kinesis stream that it would read is not known/);
});

describe('a delivery stream', () => {
  const judged = (delivery: Parameters<typeof judgeDelivery>[0], at: FirehoseNeeds['landing'] = landing) =>
    bySubject(judgeDelivery(delivery, at)).Firehose;
  const of = (more: object = {}) => aDelivery('d', STREAM, more) as Parameters<typeof judgeDelivery>[0];

  test.each([
    [
      'another bucket',
      { BucketARN: 'arn:aws:s3:::other' },
      /^fail: d delivers to s3:\/\/other\/.*TRAILGATE_LANDING_BUCKET/,
    ],
    ['another prefix', { Prefix: 'audit/' }, /^fail: .*the loader reads s3:\/\/audit-events-bucket\/events\//],
    ['another compression', { CompressionFormat: 'Snappy' }, /^fail: d compresses by Snappy.*Set GZIP/],
    ['processing', { ProcessingConfiguration: { Enabled: true } }, /^warn: d changes what it delivers/],
    ['conversion', { DataFormatConversionConfiguration: { Enabled: true } }, /^warn: d changes what it delivers/],
  ])('with %s is wrong', (_what, more, words) => {
    expect(judged(of(more))).toMatch(words);
  });

  test('may deliver anywhere where Snowpipe reads', () => {
    expect(judged(of({ BucketARN: 'arn:aws:s3:::other' }), null)).toMatch(/^ok: .*s3:\/\/other\//);
  });

  test('that is not active, or delivers elsewhere than to S3, is a failure', () => {
    const failed = {
      ...of(),
      DeliveryStreamStatus: 'CREATING_FAILED',
      FailureDescription: { Type: 'X', Details: 'no role' },
    };
    expect(judged(failed as Parameters<typeof judgeDelivery>[0])).toMatch(/^fail: d is CREATING_FAILED \(no role\)/);
    expect(judged({ ...of(), Destinations: [] })).toMatch(/^fail: d delivers to something else than S3/);
  });
});
