import { isRefusal, normalise } from '../../ingest/normalise.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SendBatch } from './batch.ts';

/**
 * Checks each event as the gateway does when it accepts one, instead of sending it. What only the gateway knows is not
 * looked at: the key, its sources, and events that it holds already.
 */
export const createDryRun =
  (clock: Clock): SendBatch =>
  async (events) => {
    const context = {
      now: clock.now(),
      mapping: null,
      defaultSource: '',
      makeEventId: () => '',
      pseudonymOf: () => '',
      sources: null,
      isGateway: false,
    };
    return events.flatMap(({ json }, index) => {
      const checked = normalise(JSON.parse(json), context);
      return isRefusal(checked) ? [{ index, ...checked }] : [];
    });
  };
