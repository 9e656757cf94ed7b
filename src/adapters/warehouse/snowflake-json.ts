/**
 * Writes the text of a VARIANT as it was before it was loaded: keys in order, no white space, numbers as JavaScript
 * writes them, control characters in the spelling of our envelopes. The engine keeps a parsed value and sends it in a
 * spelling of its own (1e3 as 1.000000000000000e+03); for what an envelope may hold, which is no integer beyond 2^53 - 1
 * and nothing that a double cannot, both texts are the same.
 */
export const toCanonicalText = (raw: string): string => write(JSON.parse(raw));

function write(value: unknown): string {
  if (typeof value === 'string') return writeText(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  const object = value as Record<string, unknown>;
  const fields = Object.keys(object)
    .sort()
    .map((key) => `${writeText(key)}:${write(object[key])}`);
  return `{${fields.join(',')}}`;
}

function writeText(text: string): string {
  const written = JSON.stringify(text);
  if (!written.includes('\\u00')) return written;
  return written.replace(
    /(?<!\\)((?:\\\\)*)\\u00([01][0-9a-f])/g,
    (_all, before: string, hex: string) => `${before}\\u00${hex.toUpperCase()}`,
  );
}
