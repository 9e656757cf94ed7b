import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';

export interface SqsRig {
  readonly client: SQSClient;
  /** Answers its URL. */
  createQueue(): Promise<string>;
  stop(): Promise<void>;
}

/** SQS in memory: fauxqs 1.9.2. */
export async function startFauxqs(): Promise<SqsRig> {
  const child = spawn(process.execPath, [join(__dirname, 'fauxqs.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line] = (await Promise.race([
    once(child.stdout, 'data', { signal: AbortSignal.timeout(15_000) }),
    exited.then(() => Promise.reject(new Error('fauxqs did not start'))),
  ])) as [Buffer];
  const endpoint = line.toString().trim();
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  let queues = 0;
  return {
    client,
    createQueue: async () => {
      queues += 1;
      const { QueueUrl: url = '' } = await client.send(new CreateQueueCommand({ QueueName: `queue-${queues}` }));
      return url;
    },
    stop: async () => {
      client.destroy();
      child.stdin.end();
      await exited;
    },
  };
}
