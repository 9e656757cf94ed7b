import type { Watch } from './alarms.ts';

/** Gateways write a line into every bucket each second, so that a stream without records is a stream without gateways. */
export const streamWatches = (streamName: string): readonly Watch[] => {
  const metric = (name: string) => ({ namespace: 'AWS/Kinesis', metric: name, dimensions: { StreamName: streamName } });
  return [
    {
      ...metric('IncomingRecords'),
      name: 'stream-silent',
      message: 'Nothing was appended for five minutes, not even the lines that gateways write each second: none is up.',
      statistic: 'Sum',
      when: { below: 1 },
      minutes: { of: 5, at: 5 },
      silenceIsBad: true,
    },
    {
      ...metric('WriteProvisionedThroughputExceeded'),
      name: 'stream-throttled',
      message:
        'Kinesis refuses records: gateways wait and then refuse requests. Raise ShardCount, or look for a hot shard.',
      statistic: 'Sum',
      when: { above: 0 },
      minutes: { of: 5, at: 3 },
    },
    {
      ...metric('GetRecords.IteratorAgeMilliseconds'),
      name: 'stream-read-late',
      message: 'A reader of the stream is ten minutes behind.',
      statistic: 'Maximum',
      when: { above: 600_000 },
      minutes: { of: 5, at: 5 },
    },
  ];
};

export const deliveryWatches = (deliveryStreamName: string): readonly Watch[] => {
  const metric = (name: string) => ({
    namespace: 'AWS/Firehose',
    metric: name,
    dimensions: { DeliveryStreamName: deliveryStreamName },
  });
  return [
    {
      ...metric('DeliveryToS3.DataFreshness'),
      name: 'delivery-late',
      message: 'The oldest record that Firehose has not put into S3 is five minutes old; it should take one.',
      statistic: 'Maximum',
      when: { above: 300 },
      minutes: { of: 5, at: 5 },
    },
    {
      ...metric('DeliveryToS3.Success'),
      name: 'delivery-failing',
      message: 'S3 refuses what Firehose delivers. Its log group says why: the key, the bucket or the role.',
      statistic: 'Average',
      when: { below: 1 },
      minutes: { of: 5, at: 3 },
    },
    {
      ...metric('DeliveryToS3.Records'),
      name: 'delivery-silent',
      message: 'Nothing reached S3 for fifteen minutes. What the stream holds is lost when its retention ends.',
      statistic: 'Sum',
      when: { below: 1 },
      minutes: { of: 15, at: 15 },
      silenceIsBad: true,
    },
    {
      ...metric('KinesisMillisBehindLatest'),
      name: 'delivery-behind',
      message: 'Firehose reads the stream ten minutes late.',
      statistic: 'Maximum',
      when: { above: 600_000 },
      minutes: { of: 5, at: 5 },
    },
  ];
};

/** @param part names the table in the alarm. */
export const tableWatches = (part: string, tableName: string): readonly Watch[] =>
  (['Read', 'Write'] as const).map((access) => ({
    name: `${part}-${access.toLowerCase()}-throttled`,
    message: `DynamoDB throttles ${access.toLowerCase()}s of the table ${part}: a hot key, or a limit of the account.`,
    namespace: 'AWS/DynamoDB',
    metric: `${access}ThrottleEvents`,
    statistic: 'Sum',
    dimensions: { TableName: tableName },
    when: { above: 0 },
    minutes: { of: 5, at: 3 },
  }));

export interface WatchedSource {
  readonly functionName: string;
  readonly queueName: string;
  readonly tableName: string;
}

export const sourceWatches = ({ functionName, queueName, tableName }: WatchedSource): readonly Watch[] => {
  const metric = (name: string) => ({
    namespace: 'AWS/Lambda',
    metric: name,
    dimensions: { FunctionName: functionName },
  });
  return [
    {
      namespace: 'AWS/SQS',
      metric: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: queueName },
      name: 'dead-letters',
      message: 'Changes of the audit table were given up. Replay them before the 24 hours of its stream are over.',
      statistic: 'Maximum',
      when: { above: 0 },
      minutes: { of: 1, at: 1 },
    },
    // The function's own figure (src/server/dynamodb-lambda-metrics.ts): to Lambda a part of a batch that failed is no error.
    {
      namespace: 'Trailgate/DynamoDB',
      metric: 'failures',
      dimensions: { table: tableName },
      name: 'source-held-up',
      message: 'Records of the audit table do not get into the stream. The log of the Lambda says why.',
      statistic: 'Sum',
      when: { above: 0 },
      minutes: { of: 5, at: 3 },
    },
    {
      ...metric('Errors'),
      name: 'source-failing',
      message:
        'Invocations of the Lambda end in an error or take too long; once their tries are used up, records are given up.',
      statistic: 'Sum',
      when: { above: 0 },
      minutes: { of: 5, at: 3 },
    },
    {
      ...metric('Throttles'),
      name: 'source-throttled',
      message:
        'Lambda does not run as often as the table changes: raise LambdaReservedConcurrency or the account limit.',
      statistic: 'Sum',
      when: { above: 0 },
      minutes: { of: 5, at: 5 },
    },
    {
      ...metric('IteratorAge'),
      name: 'source-late',
      message: 'The Lambda is an hour behind the audit table. Records are given up after six hours.',
      statistic: 'Maximum',
      when: { above: 3_600_000 },
      minutes: { of: 5, at: 5 },
    },
    {
      ...metric('DestinationDeliveryFailures'),
      name: 'dead-letters-lost',
      message: 'Lambda could not put a given-up record into the dead letters.',
      statistic: 'Sum',
      when: { above: 0 },
      minutes: { of: 1, at: 1 },
    },
  ];
};
