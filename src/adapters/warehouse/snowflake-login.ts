import { createPrivateKey } from 'node:crypto';
import type { ConnectionOptions } from 'snowflake-sdk';

export type SnowflakeLogin =
  | {
      readonly phase: 'key';
      /** PEM. */
      readonly privateKey: string;
      readonly passphrase?: string;
    }
  | {
      readonly phase: 'oauth';
      /** An access token, or what gets one; asked again for every session, because tokens expire. */
      readonly token: string | (() => Promise<string>);
    };

/** Gives what the driver needs to log in, each time a session is opened. */
export type Credentials = () => Promise<Pick<ConnectionOptions, 'authenticator' | 'privateKey' | 'token'>>;

/** @throws Error when the private key cannot be read; neither key nor passphrase is in it. */
export function createCredentials(login: SnowflakeLogin): Credentials {
  if (login.phase === 'oauth') {
    const { token } = login;
    return async () => ({ authenticator: 'OAUTH', token: typeof token === 'string' ? token : await token() });
  }
  const privateKey = readPrivateKey(login.privateKey, login.passphrase);
  return async () => ({ authenticator: 'SNOWFLAKE_JWT', privateKey });
}

function readPrivateKey(key: string, passphrase: string | undefined): string {
  try {
    const parsed = createPrivateKey({ key, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
    if (parsed.asymmetricKeyType === 'rsa') return parsed.export({ format: 'pem', type: 'pkcs8' }) as string;
  } catch {
    // The library's words may quote what it was given.
  }
  throw new Error('The private key of the Snowflake login is no RSA key in PEM form, or its passphrase is wrong.');
}
