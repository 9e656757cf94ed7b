import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  /** Names this receipt: it deletes, or gives back. */
  readonly receipt: string;
}

/** A queue as a replay uses it. */
export interface Queue {
  /** Up to `limit` messages that nobody else gets meanwhile; none when there are no more. */
  receive(limit: number): Promise<readonly QueuedMessage[]>;
  delete(message: QueuedMessage): Promise<void>;
  /** Lets the next reader have it at once. */
  giveBack(message: QueuedMessage): Promise<void>;
  close(): void;
}

/** Longer than a batch takes: 10,000 records through a stream that throttles. */
const HIDDEN_SECONDS = 15 * 60;
const MOST_AT_ONCE = 10;
/** Waiting asks every server of SQS; without, messages are missed where there are few. */
const WAIT_SECONDS = 2;

/** Reached where its address says; the region is in it too, where it is AWS's own. */
export function createSqsQueue(url: string, waitSeconds = WAIT_SECONDS): Queue {
  const { origin, hostname } = new URL(url);
  const region = /^sqs\.([\w-]+)\.amazonaws\.com/.exec(hostname)?.[1];
  const client = new SQSClient({ endpoint: origin, ...(region && { region }) });
  const place = { QueueUrl: url };
  return {
    receive: async (limit) => {
      const { Messages: messages = [] } = await client.send(
        new ReceiveMessageCommand({
          ...place,
          MaxNumberOfMessages: Math.min(limit, MOST_AT_ONCE),
          VisibilityTimeout: HIDDEN_SECONDS,
          WaitTimeSeconds: waitSeconds,
        }),
      );
      return messages.map(({ MessageId: id = '', Body: body = '', ReceiptHandle: receipt = '' }) => ({
        id,
        body,
        receipt,
      }));
    },
    delete: async ({ receipt }) => {
      await client.send(new DeleteMessageCommand({ ...place, ReceiptHandle: receipt }));
    },
    giveBack: async ({ receipt }) => {
      await client.send(new ChangeMessageVisibilityCommand({ ...place, ReceiptHandle: receipt, VisibilityTimeout: 0 }));
    },
    close: () => client.destroy(),
  };
}
