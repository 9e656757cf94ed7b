/** Numbers and foreign text as they stand on a terminal. */

export const count = (n: number): string => Math.round(n).toLocaleString('en');

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;

/** Records are written by strangers: control characters and direction marks could rewrite what the reader sees. */
export const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
