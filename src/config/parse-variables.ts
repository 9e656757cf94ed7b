import type { z } from 'zod';

/** An empty variable counts as not set, as in most shells' habits. */
export function parseVariables<S extends z.ZodType>(
  schema: S,
  variables: Readonly<Record<string, string | undefined>>,
): z.infer<S> {
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== '')));
  if (parsed.success) return parsed.data;
  throw wrongConfiguration(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
}

/** Every fault at once, so that none is found only after another was mended. */
export const wrongConfiguration = (faults: readonly string[]): Error =>
  new Error(`The configuration is wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
