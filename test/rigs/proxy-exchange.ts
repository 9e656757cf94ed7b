import { once } from 'node:events';
import {
  type Agent,
  createServer as createHttp1Server,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as send,
} from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One request that a proxy received whole, and the ways to go on with it. */
export interface Exchange {
  readonly operation: string;
  readonly body: Buffer;
  answer(status: number, body: string): void;
  /** Hands on what the target answered, as it comes. */
  relay(answered: IncomingMessage): void;
  breakOff(): void;
  /** Sends it, or another body in its place, to the target. */
  pass(body?: string): Promise<IncomingMessage>;
}

const CONTENT_TYPE = 'application/x-amz-json-1.1';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

export interface ExchangeServerOptions {
  readonly target: string;
  readonly agent: Agent;
  readonly handle: (exchange: Exchange) => Promise<void>;
}

/** Speaks HTTP/1.1 and HTTP/2 in the clear, as the service does both under TLS. */
export function createExchangeServer({ target, agent, handle }: ExchangeServerOptions): Server {
  const listener = (request: Request, response: Response): void => {
    const breakOff = () => {
      if ('stream' in request) request.stream.close();
      else request.socket.destroy();
    };
    const answer = (status: number, body: string): void => {
      response.writeHead(status, { 'content-type': CONTENT_TYPE });
      response.end(body);
    };
    const relay = (answered: IncomingMessage): void => {
      response.writeHead(answered.statusCode ?? 500, contentOf(answered.headers));
      answered.on('error', breakOff).pipe(response as ServerResponse);
      response.on('close', () => answered.destroy());
    };
    const received = async (): Promise<void> => {
      const body = await buffer(request);
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const pass = (other?: string) => sendTo({ target, agent }, request, other ?? body);
      await handle({ operation, body, answer, relay, breakOff, pass });
    };
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    received().catch(breakOff);
  };
  const [http1, http2] = [createHttp1Server(listener), createHttp2Server(listener)];
  return createServer((socket) => {
    socket.on('error', () => undefined);
    // What was read to find out is put back for whoever takes the connection.
    socket.once('readable', () => {
      const start = socket.read() as Buffer | null;
      if (!start) return;
      socket.unshift(start);
      (isHttp2(start) ? http2 : http1).emit('connection', socket);
    });
  });
}

/** How a client opens HTTP/2 that knows that it is spoken. */
const isHttp2 = (start: Buffer): boolean => start.subarray(0, 4).toString() === 'PRI ';

const contentOf = (headers: IncomingMessage['headers']): OutgoingHttpHeaders => ({
  'content-type': headers['content-type'] ?? CONTENT_TYPE,
});

async function sendTo(
  { target, agent }: { target: string; agent: Agent },
  { headers }: Request,
  body: Buffer | string,
): Promise<IncomingMessage> {
  const kept = Object.entries(headers).filter(([name]) => /^(x-amz|authorization|content-type)/.test(name));
  const passed = send(target, {
    method: 'POST',
    agent,
    headers: { ...Object.fromEntries(kept), 'content-length': Buffer.byteLength(body) },
  });
  passed.end(body);
  const [answered] = (await once(passed, 'response')) as [IncomingMessage];
  return answered;
}
