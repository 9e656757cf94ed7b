import { SqlError } from './sql-error.ts';

/** Session parameters that Snowflake's reference of ALTER SESSION and of parameters lists, and that we may want. */
const KNOWN = new Set([
  'ABORT_DETACHED_QUERY',
  'AUTOCOMMIT',
  'CLIENT_RESULT_CHUNK_SIZE',
  'DATE_INPUT_FORMAT',
  'ERROR_ON_NONDETERMINISTIC_MERGE',
  'ERROR_ON_NONDETERMINISTIC_UPDATE',
  'JSON_INDENT',
  'LOCK_TIMEOUT',
  'QUERY_TAG',
  'QUOTED_IDENTIFIERS_IGNORE_CASE',
  'ROWS_PER_RESULTSET',
  'STATEMENT_TIMEOUT_IN_SECONDS',
  'STRICT_JSON_OUTPUT',
  'TIMESTAMP_INPUT_FORMAT',
  'TIMESTAMP_TYPE_MAPPING',
  'TIMEZONE',
  'WEEK_START',
]);

/** @throws SqlError for a name that is none, so that a slip of the pen does not pass. */
export function setParameters(parameters: Map<string, string>, sql: string): void {
  const settings = sql.replace(/^\s*alter\s+session\s+set\s+/i, '');
  const rest = settings.replace(/(\w+)\s*=\s*('[^']*'|\w+)\s*,?/g, (_all, name: string, value: string) => {
    if (!KNOWN.has(name.toUpperCase())) throw new SqlError('001003', '42000', `invalid session parameter '${name}'`);
    parameters.set(name.toUpperCase(), value.replaceAll("'", ''));
    return '';
  });
  if (rest.trim() !== '') throw new SqlError('001003', '42000', `syntax error at '${rest.trim()}'`);
}

export const takesQuotedNames = (parameters: ReadonlyMap<string, string>): boolean =>
  parameters.get('QUOTED_IDENTIFIERS_IGNORE_CASE')?.toUpperCase() === 'TRUE';
