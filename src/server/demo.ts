import type { Logger } from 'pino';
import { generateMonth } from '../demo/activity.ts';
import { createTrickle } from '../demo/trickle.ts';
import { LIMITS } from '../domain/audit-event.ts';
import { type Caller, EVERY_ROW } from '../domain/caller.ts';
import type { Accept } from '../ingest/accept.ts';
import type { Clock } from '../ports/clock.ts';

export interface DemoDeps {
  readonly accept: Accept;
  readonly clock: Clock;
  readonly log: Logger;
  /** True fills the month before now first. */
  readonly fill: boolean;
  /** Ends the filling. */
  readonly signal: AbortSignal;
}

const SEED = 20_240_320;
const TICK_MS = 1_000;
const DEMO: Caller = { subject: 'demo', roles: ['INGESTOR'], scope: EVERY_ROW, masks: new Set() };

/** A producer like any other: it sends generated events through accept. Answers how to stop it. */
export async function startDemo({ fill, ...deps }: DemoDeps): Promise<() => Promise<void>> {
  if (fill) await sendMonth(deps);
  return deps.signal.aborted ? async () => undefined : startTrickle(deps);
}

async function sendMonth({ accept, clock, log, signal }: Omit<DemoDeps, 'fill'>): Promise<void> {
  let batch: unknown[] = [];
  let sent = 0;
  const send = async () => {
    sent += (await accept(DEMO, batch)).accepted;
    batch = [];
  };
  for (const event of generateMonth({ seed: SEED, until: clock.now() })) {
    batch.push(event);
    if (batch.length === LIMITS.maxEventsPerRequest) await send();
    if (signal.aborted) return;
  }
  await send();
  log.info({ events: sent }, 'a month of generated activity was sent');
}

function startTrickle({ accept, clock, log }: Omit<DemoDeps, 'fill'>): () => Promise<void> {
  const trickle = createTrickle({ seed: SEED });
  let sending: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    const events = trickle.next(clock.now());
    if (events.length === 0) return;
    sending = accept(DEMO, events).catch((error: unknown) => log.warn({ err: error }, 'the trickle could not be sent'));
  }, TICK_MS);
  return async () => {
    clearInterval(timer);
    await sending;
  };
}
