import { readFile } from 'node:fs/promises';
import type { SnowflakeLogin } from '../adapters/warehouse/snowflake-login.ts';
import type { SnowflakeWarehouse } from '../config/snowflake.ts';

/** Who logs in where, in the words of the adapters. */
export const snowflakeAccount = ({ account, accessUrl, user, login }: SnowflakeWarehouse) => ({
  account,
  ...(accessUrl !== null && { accessUrl }),
  user,
  login: toLogin(login),
});

/** A token expires and its file is written anew: it is read for every session. */
const toLogin = (login: SnowflakeWarehouse['login']): SnowflakeLogin =>
  login.phase === 'key'
    ? login
    : { phase: 'oauth', token: async () => (await readFile(login.tokenFile, 'utf8')).trim() };
