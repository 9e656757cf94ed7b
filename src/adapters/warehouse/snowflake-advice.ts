import { AppError } from '../../domain/errors.ts';
import { type SnowflakeError, toSnowflakeError } from './snowflake-errors.ts';

export interface LoginOf {
  readonly user: string;
  readonly role: string;
}

/** Why a role could not log in, for whoever set the account up. */
export const explainLogin = (login: LoginOf, cause: unknown): AppError =>
  new AppError('WAREHOUSE_UNAVAILABLE', adviceOnLogin(login, toSnowflakeError(cause)), { cause });

function adviceOnLogin({ user, role }: LoginOf, { code, failure, message }: SnowflakeError): string {
  const advice = LOGIN_ADVICE[code]?.({ user, role });
  if (advice) return advice;
  return failure === 'unanswered' || failure === 'session gone'
    ? `${role} could not log in: the account does not answer (${message}). Check TRAILGATE_SNOWFLAKE_ACCOUNT, TRAILGATE_SNOWFLAKE_URL and the network.`
    : `${role} could not log in (${code}: ${message}).`;
}

const LOGIN_ADVICE: Readonly<Record<string, (login: LoginOf) => string>> = {
  '390144': ({ user }) =>
    `the key is not that of ${user}. Give the account its public half (alter user ${user} set rsa_public_key = '…'), correct account and user, or set this machine's clock.`,
  '390189': ({ user, role }) =>
    `${user} may not take the role ${role}, or there is none. Make it (trailgate migrate --account), then: grant role ${role} to user ${user}`,
  '390303': () => 'the OAuth token is not accepted. Renew what is in TRAILGATE_SNOWFLAKE_TOKEN_FILE.',
  '390318': () => 'the OAuth token has expired. Renew what is in TRAILGATE_SNOWFLAKE_TOKEN_FILE.',
  '390422': ({ user }) => `a network policy keeps this address out. Allow it for ${user}, or for the account.`,
  '390432': () => 'a network policy keeps this address out. Allow it for the account.',
  '390100': ({ user }) => `the account knows no user ${user} with this login. Correct TRAILGATE_SNOWFLAKE_USER.`,
  '390101': ({ user }) => `the user ${user} is disabled. Enable it: alter user ${user} set disabled = false`,
  '390102': ({ user }) => `the user ${user} is locked for a while. Wait, or: alter user ${user} set mins_to_unlock = 0`,
};

/** Why a statement failed; `what` it was to look at. */
export const explainStatement = (what: string, cause: unknown): AppError =>
  new AppError('WAREHOUSE_UNAVAILABLE', adviceOnStatement(what, toSnowflakeError(cause)), { cause });

function adviceOnStatement(what: string, error: SnowflakeError): string {
  if (isRefusal(error))
    return `${what} is not there, or this role may not see it. Run "trailgate migrate" as its owner.`;
  if (NO_COMPUTE.has(error.code)) {
    return `${what} has no compute to run on (${error.message}). Grant usage on it, resume it, or raise its resource monitor.`;
  }
  if (error.failure === 'cancelled') return `${what} took too long. Look at what runs and queues there, and ask again.`;
  return `${what} could not be looked at (${error.code}: ${error.message}).`;
}

/** Does not exist or not authorised; no right to do that; the schema or database is not there. */
const REFUSALS = new Set(['002003', '003001', '002043', '090105', '3001', '2003', '2043']);
const NO_COMPUTE = new Set(['000606', '606', '090073', '090079']);

/** The engine said no because of who asks, or because there is no such thing. */
export const isRefusal = ({ code }: SnowflakeError): boolean => REFUSALS.has(code);
