/** The gateway's ingest mutation over HTTP. */
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import { retryAfterMs } from './backoff.ts';
import { type PreparedEvent, requestBody } from './batch.ts';

export interface GatewayOptions {
  /** With or without /graphql at its end. */
  readonly url: string;
  readonly key: string;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
  /** For one request; over it, the request is sent again. */
  readonly timeoutMs?: number;
}

export type GatewayAnswer =
  /** Every event was judged by itself. */
  | { readonly kind: 'JUDGED'; readonly rejections: readonly GatewayRejection[] }
  /** Nothing was judged; the same request may succeed later. */
  | { readonly kind: 'AGAIN'; readonly reason: string; readonly retryAfterMs?: number | undefined }
  /** The request is larger than something on the way takes. */
  | { readonly kind: 'TOO_LARGE' }
  /** The request will never succeed as it is. */
  | { readonly kind: 'REFUSED'; readonly reason: string };

export type GatewayRejection = z.infer<typeof rejection>;

const rejection = z.object({
  index: z.int().min(0),
  code: z.string(),
  message: z.string(),
  path: z.array(z.string()),
  retryable: z.boolean(),
});
const answer = z.object({
  data: z
    .object({
      ingestEvents: z.object({ accepted: z.int(), rejected: z.int(), rejections: z.array(rejection) }).nullish(),
    })
    .nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z
          .object({
            code: z.string().optional(),
            retryable: z.boolean().optional(),
            retryAfterMs: z.number().nullish(),
          })
          .optional(),
      }),
    )
    .optional(),
});

/** Statuses of a server or proxy that is busy or about to be back. Sending again is safe: every event carries its id. */
const TRY_AGAIN = new Set([408, 425, 429, 502, 503, 504]);

/** One request a call, no retries. Throws only when `signal` ends it. */
export function createGateway({ url, key, clock, fetch = globalThis.fetch, timeoutMs = 60_000 }: GatewayOptions) {
  const endpoint = endpointOf(url);
  return async (events: readonly PreparedEvent[], signal: AbortSignal): Promise<GatewayAnswer> => {
    let response: Response;
    let body: string;
    try {
      response = await fetch(endpoint, {
        method: 'POST',
        // A redirect would drop the key, or carry it elsewhere.
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json;q=0.9',
        },
        body: requestBody(events),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      body = await response.text();
    } catch (error) {
      if (signal.aborted) throw error;
      return { kind: 'AGAIN', reason: `${endpoint} cannot be reached: ${networkReason(error)}` };
    }
    return judge(response, body, events.length, clock);
  };
}

/** The GraphQL endpoint that a URL means. Throws when it is no http or https URL. */
export function endpointOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new Error(`${url} is no http or https URL`);
  }
  if (!/\/graphql\/?$/.test(parsed.pathname)) parsed.pathname = `${parsed.pathname.replace(/\/$/, '')}/graphql`;
  return parsed.href;
}

function judge(response: Response, body: string, sent: number, clock: Clock): GatewayAnswer {
  const { status } = response;
  const asked = retryAfterMs(response.headers.get('retry-after'), clock.now());
  if (status === 413) return { kind: 'TOO_LARGE' };
  if (status >= 300 && status < 400) {
    return {
      kind: 'REFUSED',
      reason: `it redirects to ${response.headers.get('location') ?? 'elsewhere'}: use that URL`,
    };
  }
  const parsed = parseAnswer(body);
  const error = parsed?.errors?.[0];
  const said = error ? `${error.extensions?.code ?? status}: ${error.message}` : `HTTP ${status}`;

  if (TRY_AGAIN.has(status) || error?.extensions?.retryable === true) {
    return { kind: 'AGAIN', reason: said, retryAfterMs: asked ?? error?.extensions?.retryAfterMs ?? undefined };
  }
  if (!parsed) {
    return {
      kind: 'REFUSED',
      reason: `HTTP ${status}, and the answer is not of a Trailgate gateway: is the URL right?`,
    };
  }
  const payload = parsed.data?.ingestEvents;
  if (!payload) return { kind: 'REFUSED', reason: said };

  const { rejections } = payload;
  const known = new Set(rejections.map(({ index }) => index));
  const whole = payload.accepted + payload.rejected === sent && payload.rejected === rejections.length;
  if (!whole || known.size !== rejections.length || rejections.some(({ index }) => index >= sent)) {
    return { kind: 'REFUSED', reason: `the answer does not account for each of the ${sent} events that were sent` };
  }
  return { kind: 'JUDGED', rejections };
}

function parseAnswer(body: string): z.infer<typeof answer> | undefined {
  try {
    return answer.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/** fetch says only "fetch failed"; the cause says why, with a code where its message is empty. */
function networkReason(error: unknown): string {
  const { name, message, cause } = error as Partial<Error>;
  if (name === 'TimeoutError') return 'no answer in time';
  const { message: why, code } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  return why || code || message || String(error);
}
