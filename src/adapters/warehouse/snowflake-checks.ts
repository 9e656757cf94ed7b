import { about, type Check, type Checkup, type Finding } from '../../ports/checkup.ts';
import { type ClockDifference, judgeClock } from '../clock-finding.ts';
import { explainStatement, isRefusal } from './snowflake-advice.ts';
import { type CheckRole, type CheckSessionsOptions, createCheckSessions } from './snowflake-check-sessions.ts';
import { toSnowflakeError } from './snowflake-errors.ts';
import { listSnowflakeMigrations } from './snowflake-migrations.ts';
import type { SnowflakeNames } from './snowflake-names.ts';
import { snowflakeQuestions } from './snowflake-questions.ts';
import type { SnowflakeSession } from './snowflake-session.ts';
import {
  type GrantRow,
  judgeLandedStream,
  judgeMigrations,
  judgePipe,
  judgePlace,
  judgeReader,
  judgeTimeZone,
  judgeWriter,
  type PlaceRow,
  type StreamRow,
} from './snowflake-verdicts.ts';

export interface SnowflakeNeeds extends Omit<CheckSessionsOptions, 'database' | 'schema'> {
  readonly names: SnowflakeNames;
  /** The folder sql/ of the package. */
  readonly sqlDirectory: string;
  readonly timeZone: string;
  readonly now: () => number;
}

type Question = keyof ReturnType<typeof snowflakeQuestions>;

/**
 * Each role as the gateway uses it, what it sees and may do, and what stands between the files and the marts. Changes no
 * row. Loads the driver.
 * @throws Error when the private key cannot be read.
 */
export async function snowflakeChecks(needs: SnowflakeNeeds): Promise<Checkup> {
  const { names, sqlDirectory, timeZone, now, ...login } = needs;
  const sessions = await createCheckSessions({ ...login, database: names.database, schema: names.martsSchema });
  const questions = snowflakeQuestions(names);
  const reader: CheckRole = { role: names.readerRole, warehouse: names.readWarehouse };
  const writer: CheckRole = { role: names.writerRole, warehouse: names.loadWarehouse };
  const owner: CheckRole = { role: names.ownerRole, warehouse: names.loadWarehouse };

  const ask = <R>(session: SnowflakeSession, question: Question): Promise<R[]> =>
    sessions.ask<R>(session, questions[question]);
  /** What can only be looked at by a role that logs in; that it does not is told once, by its own check. */
  const asking = (
    subject: string,
    role: CheckRole,
    look: (session: SnowflakeSession) => Promise<Finding[]>,
  ): Check => ({
    subject,
    run: async () => {
      const session = await sessions.of(role).catch(() => null);
      return session ? look(session) : [about(subject).skip(`was not looked at: ${role.role} could not log in`)];
    },
  });
  const explaining = <T>(what: string, work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw explainStatement(what, error);
    });

  const loggingIn = (subject: string, role: CheckRole): Check => ({
    subject,
    run: async () => {
      const session = await sessions.of(role);
      const [place] = await explaining(`the session of ${role.role}`, ask<PlaceRow>(session, 'place'));
      return [judgePlace(subject, place as PlaceRow, { ...role, names })];
    },
  });
  const compute = (subject: string, role: CheckRole): Check =>
    asking(subject, role, async (session) => {
      const startedAt = now();
      await explaining(`the warehouse ${role.warehouse}`, ask(session, 'compute'));
      return [about(subject).ok(`${role.warehouse} answers, in ${((now() - startedAt) / 1_000).toFixed(1)} s`)];
    });

  return {
    checks: [
      loggingIn('Snowflake reader', reader),
      loggingIn('Snowflake writer', writer),
      compute('Snowflake questions', reader),
      compute('Snowflake loading', writer),
      asking('Snowflake schema', writer, async (session) => {
        const records = await explaining(
          'schema_migrations',
          ask<{ name: string; sha256: string }>(session, 'migrations'),
        );
        return [judgeMigrations(records, listSnowflakeMigrations(sqlDirectory))];
      }),
      asking('Snowflake writer rights', writer, async (session) => [
        judgeWriter(await explaining('the grants of the writer', ask<GrantRow>(session, 'writerGrants')), names),
      ]),
      asking('Snowflake reader rights', reader, async (session) => {
        const grants = await explaining('the grants of the reader', ask<GrantRow>(session, 'readerGrants'));
        return [judgeReader(grants, await mayDelete(session), names)];
      }),
      asking('Snowflake stream', writer, async (session) => {
        const [stream] = await explaining(
          `the schema ${names.database}.${names.landingSchema}`,
          ask<StreamRow>(session, 'stream'),
        );
        return [judgeLandedStream(stream, now())];
      }),
      {
        subject: 'Snowflake pipe',
        run: async () => {
          const session = await sessions.of(owner).catch(() => null);
          const { skip } = about('Snowflake pipe');
          if (!session) {
            return [skip(`was not looked at: ${owner.role} could not log in, which only "trailgate migrate" needs`)];
          }
          const [pipe] = await explaining('the pipe delivered_lines', ask<{ status: string }>(session, 'pipe'));
          return [judgePipe(pipe?.status ?? '{}')];
        },
      },
      asking('time zone', reader, async (session) => {
        const [kept] = await explaining('mart_settings', ask<{ setting: string }>(session, 'timeZone'));
        return [judgeTimeZone(kept?.setting ?? null, timeZone)];
      }),
      asking('clock', writer, async (session) => judgeClock(await compareClocks(session), 'Snowflake')),
    ],
    close: sessions.close,
  };

  async function mayDelete(session: SnowflakeSession): Promise<boolean> {
    try {
      await ask(session, 'mayDelete');
      return true;
    } catch (error) {
      if (isRefusal(toSnowflakeError(error))) return false;
      throw explainStatement('audit_events_mart', error);
    }
  }

  async function compareClocks(session: SnowflakeSession): Promise<ClockDifference | null> {
    const before = now();
    const [told] = await explaining('the time', ask<{ now_at: number }>(session, 'clock'));
    return told ? { leastMs: told.now_at - now(), mostMs: told.now_at - before } : null;
  }
}
