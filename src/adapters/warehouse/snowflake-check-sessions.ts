import type { Query } from '../../ports/warehouse.ts';
import { explainLogin } from './snowflake-advice.ts';
import { loadSnowflakeDriver } from './snowflake-driver.ts';
import { createCredentials, type SnowflakeLogin } from './snowflake-login.ts';
import { openSession, type SessionPlace } from './snowflake-open-session.ts';
import type { SnowflakeSession } from './snowflake-session.ts';

export interface CheckSessionsOptions extends Omit<SessionPlace, 'computeWarehouse'> {
  readonly login: SnowflakeLogin;
}

export interface CheckRole {
  readonly role: string;
  readonly warehouse: string;
}

export interface CheckSessions {
  /** @throws AppError that says why the role could not log in; for each that asks, after one try. */
  of(role: CheckRole): Promise<SnowflakeSession>;
  /** @throws SnowflakeError */
  ask<R>(session: SnowflakeSession, query: Query): Promise<R[]>;
  close(): Promise<void>;
}

/** Shorter than a check may take, so that a silence is told in words of its own. */
const LOGIN_MS = 9_000;
const STATEMENT_MS = 8_000;
const TAG = JSON.stringify({ app: 'trailgate', kind: 'doctor' });

/**
 * One session a role, logged in when it is first asked for.
 * @throws Error when the private key cannot be read.
 */
export async function createCheckSessions({ login, ...place }: CheckSessionsOptions): Promise<CheckSessions> {
  const credentials = createCredentials(login);
  const driver = await loadSnowflakeDriver();
  const opened = new Map<string, Promise<SnowflakeSession>>();

  const open = ({ role, warehouse }: CheckRole): Promise<SnowflakeSession> =>
    openSession({
      driver,
      credentials,
      place: { ...place, computeWarehouse: warehouse },
      role,
      timeoutMs: LOGIN_MS,
      statementTimeoutMs: STATEMENT_MS,
    }).catch((error: unknown) => {
      throw explainLogin({ user: place.user, role }, error);
    });

  return {
    of: (role) => {
      const session = opened.get(role.role) ?? open(role);
      opened.set(role.role, session);
      return session;
    },
    ask: async <R>(session: SnowflakeSession, query: Query) => {
      const rows: unknown[] = [];
      const { batches } = await session.start(query, { tag: TAG, timeoutMs: STATEMENT_MS }).finished;
      for await (const batch of batches()) rows.push(...batch);
      // The caller names the row type beside the SQL that makes it; nothing else knows it.
      return rows as R[];
    },
    close: async () => {
      await Promise.all([...opened.values()].map((session) => session.then((found) => found.end()).catch(() => false)));
    },
  };
}
