import { createHash, timingSafeEqual } from 'node:crypto';
import { type Caller, EVERY_ROW, ROLES } from '../domain/caller.ts';
import { AppError } from '../domain/errors.ts';

/** `ingestedBy` and subject of the bootstrap key. */
const BOOTSTRAP_SUBJECT = 'bootstrap';

/** @throws AppError UNAUTHENTICATED, the same whether there is no key or a wrong one. */
export type Authenticate = (authorization: string | undefined) => Caller;

/** Knows one key, which holds every role. */
export function createAuthenticate({ bootstrapKey }: { readonly bootstrapKey: string }): Authenticate {
  const expected = digest(bootstrapKey);
  const bootstrap: Caller = { subject: BOOTSTRAP_SUBJECT, roles: ROLES, scope: EVERY_ROW, masks: new Set() };
  return (authorization) => {
    const key = keyOf(authorization);
    if (key !== null && timingSafeEqual(digest(key), expected)) return bootstrap;
    throw new AppError(
      'UNAUTHENTICATED',
      'A key is needed: send "Authorization: Bearer KEY", or Basic with the key as password.',
    );
  };
}

/** Compared by digest: of equal length, and what takes time depends on nothing secret. */
const digest = (key: string): Buffer => createHash('sha256').update(key).digest();

function keyOf(authorization: string | undefined): string | null {
  const [, scheme, credentials] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization?.trim() ?? '') ?? [];
  if (scheme === undefined || credentials === undefined) return null;
  if (scheme.toLowerCase() === 'bearer') return credentials;
  const decoded = Buffer.from(credentials, 'base64').toString();
  return decoded.includes(':') ? decoded.slice(decoded.indexOf(':') + 1) : null;
}
