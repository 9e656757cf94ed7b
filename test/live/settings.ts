/**
 * The suite of an engine where it is named by the environment; else it is skipped, and said so. `needed` are the variables
 * without which it cannot run.
 */
export function describeLive<const Names extends readonly string[]>(
  engine: string,
  needed: Names,
  suite: (given: Readonly<Record<Names[number], string>>) => void,
): void {
  const missing = needed.filter((name) => !process.env[name]);
  if (missing.length === 0) {
    suite(Object.fromEntries(needed.map((name) => [name, process.env[name]])) as Record<Names[number], string>);
    return;
  }
  process.stderr.write(`\nSKIPPED: ${engine} was not tried. Set ${missing.join(', ')} (test/live/README.md).\n`);
  // Registered all the same, so that jest counts what is skipped; nothing of it is opened.
  describe.skip(`without ${missing.join(', ')}`, () => suite({} as Record<Names[number], string>));
}

/** What may be left out. */
export const optional = (name: string, otherwise: string): string => process.env[name] || otherwise;

/** Tells what this run makes from what others make. */
export const RUN = `live-${Date.now().toString(36)}-${process.pid}`;
