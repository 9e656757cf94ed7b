/** A gateway as the importer sees it: the ingest mutation over real HTTP, and trouble on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SentEvent {
  eventId: string;
  [field: string]: unknown;
}

/** Answers a request itself and returns true, or leaves it to the gateway. */
export type Trouble = (response: ServerResponse, events: readonly SentEvent[]) => boolean;
/** Why an event is refused; undefined when it is not. */
export type Judge = (event: SentEvent) => { code: string; retryable: boolean } | undefined;

export class StandInGateway {
  readonly stored = new Map<string, SentEvent>();
  readonly requests: {
    events: SentEvent[];
    bytes: number;
    authorization: string | undefined;
    path: string | undefined;
  }[] = [];
  /** One for each request that comes, in order. */
  troubles: Trouble[] = [];
  judge: Judge = () => undefined;
  mostAtOnce = 0;
  #server: Server | undefined;
  #atOnce = 0;

  async start(): Promise<string> {
    this.#server = createServer((request, response) => void this.#take(request, response));
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { variables } = JSON.parse(body.toString()) as { variables: { events: SentEvent[] } };
    const { events } = variables;
    const { authorization } = request.headers;
    this.requests.push({ events, bytes: body.length, authorization, path: request.url });
    // Other requests get a chance to arrive, so that mostAtOnce sees them.
    await new Promise((resolve) => setImmediate(resolve));
    this.#atOnce -= 1;
    if (this.troubles.shift()?.(response, events)) return;
    if (authorization !== 'Bearer tg_key')
      return answer(response, 401, refusal('UNAUTHENTICATED', 'unknown key', false));

    const rejections = events.flatMap((event, index) => {
      const why = this.judge(event);
      if (!why) this.stored.set(`${event.eventId} ${String(event.timestamp)}`, event);
      return why ? [{ index, message: 'not like this', path: ['timestamp'], ...why }] : [];
    });
    const rejected = rejections.length;
    answer(response, 200, { data: { ingestEvents: { accepted: events.length - rejected, rejected, rejections } } });
  }
}

export const refusal = (code: string, message: string, retryable: boolean, retryAfterMs?: number) => ({
  errors: [{ message, extensions: { code, retryable, retryAfterMs } }],
  data: { ingestEvents: null },
});

export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/graphql-response+json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export const status =
  (code: number, headers: Record<string, string> = {}, body: unknown = ''): Trouble =>
  (response) => {
    answer(response, code, body, headers);
    return true;
  };

/** The connection breaks before an answer. */
export const hangUp: Trouble = (response) => {
  response.destroy();
  return true;
};
