import { type KinesisNeeds, kinesisChecks } from '../../../src/adapters/event-stream/kinesis-checks.ts';
import { judgeStream } from '../../../src/adapters/event-stream/kinesis-verdicts.ts';
import { type AwsAnswers, refused, startAwsAnswers, told } from '../../rigs/aws-answers.ts';
import { startKinesalite } from '../../rigs/kinesalite.ts';
import { configFor, createStream, type KinesisEndpoint } from '../../rigs/kinesis-endpoint.ts';
import { closedPort } from '../../rigs/s3rver.ts';
import { bySubject, findingsOf } from '../findings.ts';

const checking = (url: string, more: Partial<KinesisNeeds> = {}) =>
  findingsOf(
    kinesisChecks({
      streamName: 'audit-events',
      buckets: 8,
      consumerName: null,
      clientConfig: configFor(url),
      ...more,
    }),
  );

describe('the stream on kinesalite', () => {
  let kinesis: KinesisEndpoint;
  beforeAll(async () => {
    kinesis = await startKinesalite();
    await createStream(kinesis.url, 'audit-events', 4);
  });
  afterAll(() => kinesis.stop());

  test('is told with its state, shards, retention, encryption, and that it may be read', async () => {
    expect(await checking(kinesis.url)).toEqual({
      'Kinesis stream': expect.stringMatching(/^ok: arn:aws:kinesis:us-east-1:\d+:stream\/audit-events is ACTIVE$/),
      'Kinesis shards': 'ok: 4 provisioned, 8 buckets',
      'Kinesis retention': 'ok: 24 hours',
      'Kinesis encryption': expect.stringMatching(/^warn: is off\. Turn server-side encryption/),
      'Kinesis reading': 'ok: is allowed; 4 shards hold records',
      'Kinesis fan-out': 'ok: is not used: live feeds poll (TRAILGATE_KINESIS_CONSUMER)',
      clock: 'ok: agrees with that of AWS',
    });
  });

  test.each([
    [6, 'some shards get more than others'],
    [2, 'some shards get nothing'],
  ])('with 4 shards is no match for %i buckets', async (buckets, what) => {
    const { 'Kinesis shards': shards } = await checking(kinesis.url, { buckets });
    expect(shards).toMatch(
      new RegExp(`^warn: 4 provisioned, ${buckets} buckets: ${what}\\. Make buckets .*a multiple`),
    );
  });

  test('that is not there is to be made, or its name corrected', async () => {
    const found = await checking(kinesis.url, { streamName: 'other' });
    const missing =
      /^fail: there is no stream other in this account and region\. Create it, or correct TRAILGATE_KINESIS_STREAM/;
    expect(found['Kinesis stream']).toMatch(missing);
    expect(found['Kinesis reading']).toMatch(missing);
  });

  test('where nobody listens: network and endpoint', async () => {
    const found = await checking(`http://127.0.0.1:${await closedPort()}`);
    expect(found['Kinesis stream']).toMatch(/^fail: Kinesis cannot be reached\. Check network, region/);
  });
});

describe('answers that emulators do not give', () => {
  let aws: AwsAnswers;
  const asked = (more: Partial<KinesisNeeds> = {}) =>
    checking(aws.client.endpoint, { clientConfig: aws.client, ...more });
  beforeEach(async () => {
    aws = await startAwsAnswers();
  });
  afterEach(() => aws.stop());

  test.each([
    [
      'AccessDeniedException',
      'this role may not look. Allow it kinesis:DescribeStreamSummary on the stream audit-events',
    ],
    ['UnrecognizedClientException', 'AWS does not accept these credentials'],
    ['InvalidSignatureException', "Correct the secret key, and look at this machine's clock"],
    ['KMSAccessDeniedException', 'allow this role kms:Decrypt and kms:GenerateDataKey'],
    ['LimitExceededException', 'Ask again in a minute'],
    ['SomethingNewException', 'refused kinesis:DescribeStreamSummary (SomethingNewException)'],
  ])('%s is advised on', async (name, advice) => {
    aws.answer(() => refused(name));
    const { 'Kinesis stream': stream } = await asked();
    expect(stream).toMatch(/^fail: /);
    expect(stream).toContain(advice);
  });

  test('a right that is missing is named where it is missed', async () => {
    aws.answer(({ operation }) => {
      if (operation === 'ListShards') return told({ Shards: [{ ShardId: 'shard-0' }] });
      return operation === 'GetShardIterator' ? told({ ShardIterator: 'i' }) : refused('AccessDeniedException');
    });
    expect((await asked())['Kinesis reading']).toContain('Allow it kinesis:GetRecords on');
  });

  test('credentials that are not there are no fault of the stream', async () => {
    const credentials = () => Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }));
    const { 'Kinesis stream': stream } = await asked({ clientConfig: { ...aws.client, credentials } });
    expect(stream).toBe('fail: was not asked: no credentials were found.');
  });

  const describing = (ConsumerCount: number, consumer: ReturnType<typeof told>) =>
    aws.answer(({ operation }) =>
      operation === 'DescribeStreamConsumer'
        ? consumer
        : told({ StreamDescriptionSummary: { StreamARN: 'arn:aws:kinesis:x:1:stream/s', ConsumerCount } }),
    );

  test('a consumer that is registered has its place, however many there are', async () => {
    describing(20, told({ ConsumerDescription: { ConsumerStatus: 'ACTIVE' } }));
    const found = await asked({ consumerName: 'trailgate-1' });
    expect(found['Kinesis fan-out']).toBe('ok: trailgate-1 is ACTIVE; 20 of 20 consumers are registered');
  });

  test('one that is not finds a place below 20, and none above', async () => {
    describing(19, refused('ResourceNotFoundException'));
    const place = await asked({ consumerName: 'trailgate-1' });
    expect(place['Kinesis fan-out']).toMatch(/^ok: trailgate-1 is registered at the first read; 19 of 20/);
    describing(20, refused('ResourceNotFoundException'));
    const none = await asked({ consumerName: 'trailgate-1' });
    expect(none['Kinesis fan-out']).toMatch(/^warn: 20 of 20 .*it will poll\. Deregister one/);
  });

  test.each([
    [-30_000, /^warn: is (29|30)\.\d s ahead of that of AWS\. .*NTP/],
    [30_000, /^warn: is (29|30)\.\d s behind that of AWS/],
    [-600_000, /^fail: is (599|600)\.\d s ahead of that of AWS, which refuses what is more than 5 minutes off/],
  ])('a clock of AWS that is %i ms from ours', async (apartMs, words) => {
    aws.answer(() => ({
      ...told({ StreamDescriptionSummary: {} }),
      headers: { date: new Date(Date.now() + apartMs).toUTCString() },
    }));
    expect((await asked()).clock).toMatch(words);
  });
});

describe('a description', () => {
  const needs = { streamName: 'audit-events', buckets: 16 };
  const judged = (stream: Parameters<typeof judgeStream>[0]) => bySubject(judgeStream(stream, needs));

  test('on demand needs no number of buckets', () => {
    const found = judged({ OpenShardCount: 7, StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
    expect(found['Kinesis shards']).toMatch(/^ok: 7, on demand/);
  });

  test.each(['CREATING', 'DELETING'] as const)('of a stream that is %s is a failure', (StreamStatus) => {
    expect(judged({ StreamStatus })['Kinesis stream']).toMatch(new RegExp(`^fail: audit-events is ${StreamStatus}`));
  });

  test('with encryption says by which key; with a retention under a day it fails', () => {
    const found = judged({ EncryptionType: 'KMS', KeyId: 'alias/audit', RetentionPeriodHours: 12 });
    expect(found['Kinesis encryption']).toBe('ok: on, with alias/audit');
    expect(found['Kinesis retention']).toMatch(/^fail: 12 hours: .*Keep records for 24 hours or more/);
  });
});
