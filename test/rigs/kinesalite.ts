import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import kinesalite from 'kinesalite';
import type { KinesisEndpoint } from './kinesis-endpoint.ts';

export interface KinesaliteOptions {
  /** A folder that keeps the records on disk; in memory without. */
  readonly path?: string;
  readonly shardLimit?: number;
}

/**
 * Kinesalite in this process. It is given one request after another: a read that overtakes a write moves its iterator
 * past a record that is being stored and never shows it. And it gets whole requests: one that breaks off ends its process.
 */
export async function startKinesalite({ path, shardLimit = 200 }: KinesaliteOptions = {}): Promise<KinesisEndpoint> {
  const options = { shardLimit, createStreamMs: 10, deleteStreamMs: 10, updateStreamMs: 10 };
  const emulator = kinesalite(path === undefined ? options : { ...options, path });
  let turn: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    buffer(request).then(
      (body) => {
        turn = turn.then(() => answer(emulator, { request, body, response }));
      },
      () => undefined,
    );
  });
  server.keepAliveTimeout = 60_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await turn;
      // The emulator itself never listened; closing it closes what it stores in.
      await new Promise((resolve) => emulator.close(resolve));
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
}

async function answer(emulator: ReturnType<typeof kinesalite>, { request, body, response }: Exchange): Promise<void> {
  if (response.destroyed) return;
  const { method, headers, url } = request;
  const closed = new Promise((resolve) => response.once('close', resolve).once('finish', resolve));
  emulator.emit('request', Object.assign(Readable.from([body]), { method, headers, url }), response);
  await closed;
}
