import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { type Config, readConfig } from '../config/config.ts';

export interface ServeOptions {
  readonly packageDirectory: string;
  /** The settings; the process's environment when absent. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly err?: Writable;
  readonly exit?: (code: number) => void;
}

/** `trailgate serve`: runs until SIGINT or SIGTERM, then stops without losing anything. Exit code 1 when it cannot start. */
export function serveCommand(options: ServeOptions): Command {
  const { err = process.stderr, exit = (code) => process.exit(code) } = options;
  return new Command('serve')
    .description('Serve the API. Settings are environment variables (docs/configuration.md).')
    .option('--demo', 'fill an empty data directory with a month of generated activity and keep a trickle going')
    .action(async ({ demo = false }: { demo?: boolean }) => {
      let config: Config | undefined;
      try {
        config = readConfig(options.variables);
        await serve(config, { packageDirectory: options.packageDirectory, demo, err });
      } catch (error) {
        err.write(`error: ${startFailure(error, config)}\n`);
        exit(1);
      }
    });
}

interface Serving {
  readonly packageDirectory: string;
  readonly demo: boolean;
  readonly err: Writable;
}

async function serve(config: Config, { packageDirectory, demo, err }: Serving): Promise<void> {
  // The other commands do without the engines and the schema.
  const { createApp } = await import('../app.ts');
  const app = await createApp(config, { packageDirectory, demo });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= app.stop();
    return stopping;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
  const started = await app.start().catch(async (error: unknown) => {
    const wasStopped = stopping !== undefined;
    await stop();
    if (wasStopped) return null;
    throw error;
  });
  if (!started) return;
  const { url, bootstrapKey, bootstrapKeyIsNew } = started;
  err.write(`\nTrailgate serves at ${url}/graphql\n`);
  if (bootstrapKeyIsNew) err.write(`Its key, kept in the data directory: ${bootstrapKey}\n`);
  else if (config.bootstrapKey === null) err.write(`Its key: ${join(config.dataDirectory, 'bootstrap.key')}\n`);
  err.write('\n');
}

/** Why the server did not start, and what to do. Only a fault of the program itself shows where it happened. */
export function startFailure(error: unknown, config?: Config): string {
  const { code, path, message, stack } = error as NodeJS.ErrnoException;
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) {
    return stack ?? message;
  }
  const place = config && `${config.host}:${config.port}`;
  if (code === 'EADDRINUSE') return `${place} is taken by another program. Stop it, or set PORT to a free port.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${place} is no address of this machine. Set HOST to one, for example 127.0.0.1.`;
  }
  if (code === 'EACCES' && path === undefined) {
    return `${place} may not be listened on by this user. Set PORT to one above 1023.`;
  }
  if (path !== undefined && path === config?.mappingFile) {
    return `The mapping file ${path} cannot be read (${code}). Set TRAILGATE_MAPPING to one that can, or to nothing.`;
  }
  if (path?.startsWith(config?.dataDirectory ?? '\0')) {
    return `The data directory cannot be used: ${message}. Set TRAILGATE_DATA_DIR to a folder that this user may write.`;
  }
  return message;
}
