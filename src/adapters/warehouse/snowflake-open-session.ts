import type { Connection, ConnectionOptions } from 'snowflake-sdk';
import type { SnowflakeDriver } from './snowflake-driver.ts';
import { SnowflakeError, toSnowflakeError } from './snowflake-errors.ts';
import type { Credentials } from './snowflake-login.ts';
import { createSession, type SnowflakeSession } from './snowflake-session.ts';

export interface SessionPlace {
  readonly account: string;
  readonly accessUrl?: string;
  readonly user: string;
  readonly database: string;
  readonly schema: string;
  readonly computeWarehouse: string;
}

export interface OpenSessionOptions {
  readonly driver: SnowflakeDriver;
  readonly credentials: Credentials;
  readonly place: SessionPlace;
  readonly role: string;
  /** For logging in and setting up together. */
  readonly timeoutMs: number;
  /** No statement of this session runs longer in the engine. */
  readonly statementTimeoutMs: number;
}

/** @throws SnowflakeError when the engine refuses, or nothing is heard in time; a login that succeeds later is ended. */
export async function openSession(options: OpenSessionOptions): Promise<SnowflakeSession> {
  const { driver, credentials, place, role, timeoutMs } = options;
  const connection = driver.createConnection({
    ...CONNECTION,
    account: place.account,
    ...(place.accessUrl !== undefined && { accessUrl: place.accessUrl }),
    username: place.user,
    database: place.database,
    schema: place.schema,
    warehouse: place.computeWarehouse,
    role,
    ...(await credentials()),
  });
  let session: SnowflakeSession | null = null;
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new SnowflakeError('unanswered', `no session within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  const opening = connect(connection).then(async () => {
    session = createSession(connection);
    for (const sql of setUp(options)) {
      await session.start({ sql }, { tag: SESSION_TAG, timeoutMs }).finished;
    }
    return session;
  });
  try {
    return await Promise.race([opening, late]);
  } catch (error) {
    const leave = (): unknown => session?.end();
    if (isLate) opening.then(leave, leave);
    else leave();
    throw toSnowflakeError(error);
  } finally {
    clearTimeout(timer);
  }
}

const connect = (connection: Connection): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(toSnowflakeError(error)) : resolve()));
  });

const CONNECTION: ConnectionOptions = {
  application: 'Trailgate',
  // The driver repeats a request that met a reset or a 5xx up to seven times with waits of seconds; a login once.
  sfRetryMaxLoginRetries: 1,
  // Memory of a streamed result: the chunk that is read and the next.
  resultPrefetch: 1,
  rowStreamHighWaterMark: 500,
};

const SESSION_TAG = JSON.stringify({ app: 'trailgate', kind: 'session' });

/**
 * What every statement relies on. Secondary roles would lend a reader what its user's other roles may do. Kysely quotes
 * names in lower case and the text in sql/ quotes none: with QUOTED_IDENTIFIERS_IGNORE_CASE both mean the same upper-case
 * name, in tables, columns, aliases and the targets of merge and insert alike. That holds for names made under it or
 * without quotes, as all of ours are, and views of ours have no quoted names to be read another way. Result columns come
 * in upper case and are lower-cased when rows are mapped.
 */
const setUp = ({ statementTimeoutMs }: OpenSessionOptions): readonly string[] => [
  'use secondary roles none',
  [
    'alter session set',
    "timezone = 'UTC'",
    "timestamp_type_mapping = 'TIMESTAMP_NTZ'",
    // What an account or a user may have set otherwise: how the text of a bound time is read, on which day a week begins,
    // and after how many rows an answer is cut off without a word.
    "timestamp_input_format = 'AUTO'",
    "date_input_format = 'AUTO'",
    'week_start = 1',
    'rows_per_resultset = 0',
    'quoted_identifiers_ignore_case = true',
    // Outside of a transaction that was begun each statement stands by itself.
    'autocommit = true',
    // Where a merge or an update could go either way it must fail.
    'error_on_nondeterministic_merge = true',
    'error_on_nondeterministic_update = true',
    'strict_json_output = true',
    'json_indent = 0',
    `statement_timeout_in_seconds = ${Math.ceil(statementTimeoutMs / 1_000)}`,
    // The default is twelve hours. A transaction that was left open elsewhere must not hold up the loader for so long.
    'lock_timeout = 60',
    'abort_detached_query = true',
    // MB of a chunk of a large result; the least there is.
    'client_result_chunk_size = 48',
  ].join(' '),
];
