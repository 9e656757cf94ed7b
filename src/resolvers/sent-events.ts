import { LIMITS } from '../domain/audit-event.ts';
import { badInput } from '../domain/errors.ts';

/** Counts the events that the mutations of one request send, aliases included. */
export interface SentEvents {
  /** @throws AppError BAD_USER_INPUT when these and those before them are more than settings.maxEventsPerRequest. */
  take(count: number): void;
}

export function createSentEvents(): SentEvents {
  let sent = 0;
  return {
    take: (count) => {
      sent += count;
      if (sent <= LIMITS.maxEventsPerRequest) return;
      throw badInput(
        `${sent} events in one request; the limit is ${LIMITS.maxEventsPerRequest}. Send them in several.`,
        ['events'],
      );
    },
  };
}
