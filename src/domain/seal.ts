import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Authenticated encryption for what callers hold but may not read: ids, cursors, positions. The tag is an HMAC-SHA-256
 * of purpose and text, cut to 16 bytes, and is the initial vector of AES-256-CTR: the SIV construction (RFC 5297) with
 * HMAC for CMAC. The same text gives the same seal, so that ids are stable; a nonce makes each seal its own.
 */
export interface Seal {
  /** The same for the same text. */
  sealId(text: string): string;
  /** Different every time. */
  sealOnce(purpose: string, text: string): string;
  /** Null for what this installation did not seal for this purpose. */
  openId(sealed: string): string | null;
  openOnce(purpose: string, sealed: string): string | null;
  /** Stable, not to be reversed: HMAC-SHA-256 under a key of its own. */
  pseudonymOf(userId: string): string;
}

const TAG_BYTES = 16;
const NONCE_BYTES = 8;
const ID = 'id';
const MOST_PSEUDONYMS = 50_000;

/** @param installationKey 32 random bytes, kept with the data. */
export function createSeal(installationKey: Buffer): Seal {
  const derive = (use: string): Buffer => Buffer.from(hkdfSync('sha256', installationKey, '', `trailgate ${use}`, 32));
  const macKey = derive('seal tag');
  const cipherKey = derive('seal text');
  const pseudonymKey = derive('pseudonym');
  const pseudonyms = new Map<string, string>();

  const tagOf = (purpose: string, text: Buffer): Buffer =>
    createHmac('sha256', macKey).update(purpose).update('\0').update(text).digest().subarray(0, TAG_BYTES);

  const seal = (purpose: string, text: Buffer): string => {
    const tag = tagOf(purpose, text);
    const cipher = createCipheriv('aes-256-ctr', cipherKey, tag);
    return Buffer.concat([tag, cipher.update(text), cipher.final()]).toString('base64url');
  };

  const open = (purpose: string, sealed: string): Buffer | null => {
    if (!/^[A-Za-z0-9_-]{22,16384}$/.test(sealed)) return null;
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < TAG_BYTES || bytes.toString('base64url') !== sealed) return null;
    const tag = bytes.subarray(0, TAG_BYTES);
    const cipher = createDecipheriv('aes-256-ctr', cipherKey, tag);
    const text = Buffer.concat([cipher.update(bytes.subarray(TAG_BYTES)), cipher.final()]);
    return timingSafeEqual(tag, tagOf(purpose, text)) ? text : null;
  };

  return {
    sealId: (text) => seal(ID, Buffer.from(text)),
    sealOnce: (purpose, text) => seal(purpose, Buffer.concat([randomBytes(NONCE_BYTES), Buffer.from(text)])),
    openId: (sealed) => open(ID, sealed)?.toString() ?? null,
    openOnce: (purpose, sealed) => open(purpose, sealed)?.subarray(NONCE_BYTES).toString() ?? null,
    pseudonymOf: (userId) => {
      const known = pseudonyms.get(userId);
      if (known) return known;
      const pseudonym = `anon-${createHmac('sha256', pseudonymKey).update(userId).digest('hex').slice(0, 32)}`;
      if (pseudonyms.size >= MOST_PSEUDONYMS) pseudonyms.clear();
      // A copy: the id may be a slice of a request's text, and would keep all of it.
      pseudonyms.set(Buffer.from(userId).toString(), pseudonym);
      return pseudonym;
    },
  };
}
