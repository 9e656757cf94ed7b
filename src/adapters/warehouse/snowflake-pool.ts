import type { SnowflakeSession } from './snowflake-session.ts';

/** Sessions of one role. They are opened when they are needed, kept for the next, and never more than `most`. */
export interface SessionPool {
  /**
   * First come, first served.
   * @throws SnowflakeError when none can be opened; when `stop` ends the waiting, BusyError or LoginPendingError.
   */
  take(stop: AbortSignal): Promise<SnowflakeSession>;
  giveBack(session: SnowflakeSession): void;
  /** Instead of giving it back: it is ended, and another may be opened in its place. */
  discard(session: SnowflakeSession): void;
  /** The same where the engine knows it no more. Those that lie idle were used before it and will have gone with it. */
  discardGone(session: SnowflakeSession): void;
  /** Nobody can take one any more. Resolves when all that were taken are back and have been ended. */
  close(): Promise<void>;
}

/** All sessions were taken. */
export class BusyError extends Error {}
/** A session was on its way. */
export class LoginPendingError extends Error {}

interface Waiting {
  readonly resolve: (session: SnowflakeSession) => void;
  readonly reject: (error: Error) => void;
}

export function createSessionPool({
  open,
  most,
}: {
  readonly open: () => Promise<SnowflakeSession>;
  readonly most: number;
}): SessionPool {
  const idle: SnowflakeSession[] = [];
  const waiting: Waiting[] = [];
  const endings = new Set<Promise<unknown>>();
  let opening = 0;
  /** Those being opened included. */
  let held = 0;
  let isClosed = false;
  let onEmpty: () => void = () => undefined;

  const drop = (session: SnowflakeSession): void => {
    held -= 1;
    const ending = session.end().finally(() => endings.delete(ending));
    endings.add(ending);
  };

  const openOne = (): void => {
    opening += 1;
    held += 1;
    open()
      .then(
        (session) => idle.push(session),
        (error: Error) => {
          held -= 1;
          waiting.shift()?.reject(error);
        },
      )
      .finally(() => {
        opening -= 1;
        serve();
      });
  };

  const serve = (): void => {
    while (waiting.length > 0 && idle.length > 0) {
      const session = idle.pop() as SnowflakeSession;
      if (session.isUsable()) waiting.shift()?.resolve(session);
      else drop(session);
    }
    while (opening < waiting.length && held < most) openOne();
    if (!isClosed) return;
    for (const session of idle.splice(0)) drop(session);
    if (held === 0) onEmpty();
  };

  return {
    take: (stop) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new BusyError());
        const giveUp = (): void => {
          const at = waiting.indexOf(place);
          if (at === -1) return;
          const error = at < opening ? new LoginPendingError() : new BusyError();
          waiting.splice(at, 1);
          reject(error);
        };
        const done = (): void => stop.removeEventListener('abort', giveUp);
        const place: Waiting = {
          resolve: (session) => {
            done();
            resolve(session);
          },
          reject: (error) => {
            done();
            reject(error);
          },
        };
        waiting.push(place);
        stop.addEventListener('abort', giveUp, { once: true });
        serve();
      }),
    giveBack: (session) => {
      idle.push(session);
      serve();
    },
    discard: (session) => {
      drop(session);
      serve();
    },
    discardGone: (session) => {
      for (const each of [session, ...idle.splice(0)]) drop(each);
      serve();
    },
    close: async () => {
      isClosed = true;
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
        serve();
      });
      await Promise.all(endings);
    },
  };
}
