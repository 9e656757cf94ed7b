import { randomUUID } from 'node:crypto';
import type { EngineSession } from './engine.ts';

export interface Session {
  readonly id: number;
  readonly role: string;
  readonly engine: EngineSession;
  tokens(): object;
}

interface Kept {
  readonly session: Session;
  token: string;
  readonly masterToken: string;
  hasExpired: boolean;
}

/** Who is logged in. A token belongs to one session; a session outlives its tokens. */
export function createSessions() {
  const kept = new Map<number, Kept>();
  let last = 0;

  const tokensOf = ({ token, masterToken }: Kept): object => ({
    token,
    masterToken,
    validityInSeconds: 3_600,
    masterValidityInSeconds: 14_400,
    sessionToken: token,
    validityInSecondsST: 3_600,
    validityInSecondsMT: 14_400,
  });

  const end = async (session: Session): Promise<void> => {
    if (!kept.delete(session.id)) return;
    session.engine.interrupt();
    await session.engine.end();
  };

  return {
    add: (role: string, engine: EngineSession): Session => {
      last += 1;
      const entry: Kept = {
        session: { id: last, role, engine, tokens: () => tokensOf(entry) },
        token: randomUUID(),
        masterToken: randomUUID(),
        hasExpired: false,
      };
      kept.set(last, entry);
      return entry.session;
    },
    find: (token: string): Session | 'gone' | 'expired' => {
      const entry = [...kept.values()].find((candidate) => candidate.token === token);
      if (!entry) return 'gone';
      return entry.hasExpired ? 'expired' : entry.session;
    },
    /** The answer to a renewal; null when the master token is known no more. */
    renew: (masterToken: string): object | null => {
      const entry = [...kept.values()].find((candidate) => candidate.masterToken === masterToken);
      if (!entry) return null;
      entry.token = randomUUID();
      entry.hasExpired = false;
      return { data: tokensOf(entry), success: true };
    },
    end,
    expireTokens: (): void => {
      for (const entry of kept.values()) entry.hasExpired = true;
    },
    endAll: async (): Promise<void> => {
      await Promise.all([...kept.values()].map(({ session }) => end(session)));
    },
    size: (): number => kept.size,
  };
}
