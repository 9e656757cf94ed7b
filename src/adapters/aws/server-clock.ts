import type { ClockDifference } from '../clock-finding.ts';

/** As much of a client of the SDK as is needed to see the answers of its service. */
export interface WatchedClient {
  readonly middlewareStack: {
    // The SDK's type names every step, with inputs and outputs of the client; none of them matters here.
    // biome-ignore lint/suspicious/noExplicitAny: see above
    add(middleware: any, options: any): void;
  };
}

/** What the service's clock says of ours; null before its first answer. */
export type ServerClock = () => ClockDifference | null;

type Answer = { readonly response: { readonly headers?: Readonly<Record<string, string | undefined>> } };

/** Reads the time that every answer bears, refusals included. It is told to the second. */
export function watchServerClock({ middlewareStack }: WatchedClient, now: () => number = Date.now): ServerClock {
  let seen: ReturnType<ServerClock> = null;
  middlewareStack.add(
    (next: (input: unknown) => Promise<Answer>) =>
      async (input: unknown): Promise<Answer> => {
        const before = now();
        const answer = await next(input);
        const told = Date.parse(answer.response.headers?.date ?? '');
        if (Number.isFinite(told)) seen = { leastMs: told - now(), mostMs: told + 1_000 - before };
        return answer;
      },
    // Between the reading of an answer and the network, so that what is read as an error is seen too.
    { step: 'deserialize', priority: 'low', name: 'serverClock' },
  );
  return () => seen;
}
