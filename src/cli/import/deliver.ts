import { AppError } from '../../domain/errors.ts';
import { backoffMs } from './backoff.ts';
import type { BatchRejection, PreparedEvent, SendBatch } from './batch.ts';
import type { GatewayAnswer } from './gateway.ts';

export interface DeliverOptions {
  readonly post: (events: readonly PreparedEvent[], signal: AbortSignal) => Promise<GatewayAnswer>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  /** In a row, without one event getting through. */
  readonly maxRetries?: number;
  readonly onRetry?: (retry: { reason: string; waitMs: number }) => void;
}

/** Ten retries wait about two minutes in all: a gateway that restarts is back by then. */
const MAX_RETRIES = 10;

/**
 * Sends a batch until every event is accepted or refused for good. Only what may succeed later is sent again: the whole
 * request when it was not judged, else the events whose rejection is retryable.
 * @throws AppError STREAM_UNAVAILABLE when retries are used up, BAD_USER_INPUT when the gateway refuses the request.
 */
export function createDelivery(options: DeliverOptions): SendBatch {
  const { post, sleep, random, maxRetries = MAX_RETRIES, onRetry } = options;

  return deliver;

  async function deliver(events: readonly PreparedEvent[], signal: AbortSignal): Promise<readonly BatchRejection[]> {
    const final: BatchRejection[] = [];
    let pending = events.map((event, index) => ({ event, index }));
    let retry = 0;

    while (pending.length > 0) {
      const sent = pending.map(({ event }) => event);
      const answer = await post(sent, signal);
      if (answer.kind === 'REFUSED') throw new AppError('BAD_USER_INPUT', `the gateway refuses: ${answer.reason}`);
      if (answer.kind === 'TOO_LARGE') {
        const indexes = pending.map(({ index }) => index);
        const rest = await deliverInHalves(sent, signal);
        return [...final, ...rest.map((one) => ({ ...one, index: indexes[one.index] as number }))];
      }
      let reason = answer.kind === 'AGAIN' ? answer.reason : '';
      if (answer.kind === 'JUDGED') {
        const again = new Set<number>();
        for (const { index, retryable, ...why } of answer.rejections) {
          const original = pending[index]?.index as number;
          if (!retryable) final.push({ ...why, index: original });
          else again.add(original);
          if (retryable) reason = `${why.code}: ${why.message}`;
        }
        if (again.size < pending.length) retry = 0;
        pending = pending.filter(({ index }) => again.has(index));
        if (pending.length === 0) break;
      }
      if (retry >= maxRetries) {
        const message = `gave up after ${maxRetries} retries: ${reason}. Run the same import again: what was accepted counts once`;
        throw new AppError('STREAM_UNAVAILABLE', message, { retryable: true });
      }
      const asked = answer.kind === 'AGAIN' ? answer.retryAfterMs : undefined;
      const waitMs = backoffMs({ retry, retryAfterMs: asked, random });
      onRetry?.({ reason, waitMs });
      await sleep(waitMs, signal);
      retry += 1;
    }
    return final.sort((a, b) => a.index - b.index);
  }

  /** A proxy may take less than the gateway does; one event that is too large alone is refused. */
  async function deliverInHalves(all: readonly PreparedEvent[], signal: AbortSignal) {
    if (all.length === 1) {
      const message = `HTTP 413: ${all[0]?.bytes.toLocaleString('en')} bytes are more than the server, or a proxy before it, takes`;
      return [{ index: 0, code: 'EVENT_TOO_LARGE', message, path: [] }];
    }
    const half = Math.ceil(all.length / 2);
    const first = await deliver(all.slice(0, half), signal);
    const second = await deliver(all.slice(half), signal);
    return [...first, ...second.map((one) => ({ ...one, index: one.index + half }))];
  }
}
