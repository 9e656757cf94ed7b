import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

export interface LoginRules {
  readonly account: string;
  readonly user: string;
  /** PEM; the key pair login is refused without it. */
  readonly publicKey?: string;
  readonly tokens?: readonly string[];
}

/** The data of a login request that decide about it. */
export interface LoginData {
  readonly AUTHENTICATOR?: string;
  readonly TOKEN?: string;
  readonly LOGIN_NAME?: string;
}

/** What a login is refused with; null when it is right. */
export function refusalOf(rules: LoginRules, data: LoginData): { code: string; message: string } | null {
  const token = data.TOKEN ?? '';
  if (data.AUTHENTICATOR === 'OAUTH') {
    return rules.tokens?.includes(token) ? null : { code: '390303', message: 'Invalid OAuth access token.' };
  }
  const isRight = data.AUTHENTICATOR === 'SNOWFLAKE_JWT' && rules.publicKey !== undefined && isSigned(rules, token);
  return isRight ? null : { code: '390144', message: 'JWT token is invalid.' };
}

function isSigned({ account, user, publicKey }: LoginRules, token: string): boolean {
  const [header, payload, signature] = token.split('.');
  if (!header || !payload || !signature) return false;
  const key = createPublicKey(publicKey as string);
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))) return false;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { iss: string; sub: string };
  const subject = `${account}.${user}`.toUpperCase();
  return claims.sub === subject && claims.iss === `${subject}.${fingerprint(key)}`;
}

const fingerprint = (key: KeyObject): string =>
  `SHA256:${createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('base64')}`;
