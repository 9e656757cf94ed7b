import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface Asked {
  /** For example `GetShardIterator`. */
  readonly operation: string;
  /** That the request was signed for. */
  readonly region: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Told {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AwsAnswers {
  /** What a client is made with. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly asked: readonly Asked[];
  /** From now on. */
  answer(by: (asked: Asked) => Told): void;
  stop(): Promise<void>;
}

export const told = (body: Readonly<Record<string, unknown>> = {}): Told => ({ status: 200, body });

/** A refusal as the JSON protocols of AWS have it. */
export const refused = (name: string, status = 400): Told => ({
  status,
  body: { __type: `com.amazonaws#${name}`, message: 'as told' },
});

/**
 * Answers of our own in AWS's JSON protocols: for services that no emulator on npm has, and for answers that emulators do
 * not give. What it answers comes from the services' references, never from a run of theirs.
 */
export async function startAwsAnswers(): Promise<AwsAnswers> {
  const asked: Asked[] = [];
  let answerBy: (question: Asked) => Told = () => refused('InternalFailure', 500);
  const server = createServer(async (request, response) => {
    const region = /\/\d{8}\/([\w-]+)\/[\w-]+\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) as string;
    const question = { operation, region, body: (await json(request)) as Asked['body'] };
    asked.push(question);
    const { status, body, headers } = answerBy(question);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    client: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    },
    asked,
    answer: (by) => {
      answerBy = by;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
