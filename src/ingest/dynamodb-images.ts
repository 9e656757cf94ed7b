import { hash } from 'node:crypto';
import { writeCanonicalJson } from './canonical-json.ts';

export type Item = Readonly<Record<string, unknown>>;
export type Images = Readonly<Record<string, Item>>;

export interface KeptImages {
  readonly images: Images;
  /** Values, or whole images, that stand as `{"$cut": {"bytes", "sha256"}}`. */
  readonly cutValues: number;
  /** Texts and names in which characters that cannot be kept became U+FFFD. */
  readonly alteredTexts: number;
}

/** A marker has about so many bytes: cutting a smaller value gains nothing. */
const MARKER_BYTES = 256;

/**
 * Images as metadata can hold them. A change to an audit record must never go unsaid because of what was written into
 * it, so nothing is refused: text that cannot be kept is altered, and values go, the largest first, until the rest fits.
 */
export function keepImages(images: Images, limitBytes: number): KeptImages {
  const altered = { texts: 0 };
  const kept = Object.entries(images).map(([name, image]) => [name, keepable(image, altered) as Item] as const);
  const values = kept
    .flatMap(([image, item]) => Object.entries(item).map(([name, value]) => measure(image, name, value)))
    .sort((a, b) => b.bytes - a.bytes || compare(a.image, b.image) || compare(a.name, b.name));
  let excess = values.reduce((sum, { nameBytes, bytes }) => sum + nameBytes + bytes, 0) - limitBytes;
  const cut = new Map<string, Map<string, unknown>>(kept.map(([name]) => [name, new Map()]));
  let cutValues = 0;
  for (const { image, name, json, bytes } of values) {
    if (excess <= 0 || bytes <= MARKER_BYTES) break;
    cut.get(image)?.set(name, markerOf(json, bytes));
    excess -= bytes - MARKER_BYTES;
    cutValues += 1;
  }
  if (excess > 0) {
    return { images: cutWhole(kept), cutValues: kept.length, alteredTexts: altered.texts };
  }
  return {
    images: Object.fromEntries(
      kept.map(([name, item]) => [name, { ...item, ...Object.fromEntries(cut.get(name) ?? []) }]),
    ),
    cutValues,
    alteredTexts: altered.texts,
  };
}

function measure(image: string, name: string, value: unknown) {
  const json = writeCanonicalJson(value);
  // Quotes, colon, comma, and the braces of the image.
  return { image, name, json, bytes: Buffer.byteLength(json), nameBytes: Buffer.byteLength(JSON.stringify(name)) + 4 };
}

const markerOf = (json: string, bytes: number) => ({ $cut: { bytes, sha256: hash('sha256', json, 'hex') } });

/** Too many small values: what is left says how much it was, and names it. */
function cutWhole(kept: readonly (readonly [string, Item])[]): Images {
  return Object.fromEntries(
    kept.map(([name, item]) => {
      const json = writeCanonicalJson(item);
      return [name, markerOf(json, Buffer.byteLength(json))];
    }),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function keepable(value: unknown, altered: { texts: number }): unknown {
  if (typeof value === 'string') return keepableText(value, altered);
  if (Array.isArray(value)) return value.map((item) => keepable(item, altered));
  if (typeof value !== 'object' || value === null) return value;
  const kept = new Map<string, unknown>();
  for (const [name, inner] of Object.entries(value)) {
    let keptName = keepableText(name, altered);
    if (keptName === '__proto__') {
      altered.texts += 1;
      keptName = `${REPLACEMENT}${keptName}`;
    }
    // Two names that differ only in what cannot be kept.
    while (kept.has(keptName)) keptName += REPLACEMENT;
    kept.set(keptName, keepable(inner, altered));
  }
  return Object.fromEntries(kept);
}

const REPLACEMENT = '\uFFFD';

function keepableText(text: string, altered: { texts: number }): string {
  const kept = text.toWellFormed().replaceAll('\u0000', REPLACEMENT);
  if (kept !== text) altered.texts += 1;
  return kept;
}
