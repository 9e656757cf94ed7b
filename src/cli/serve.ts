import { Command } from 'commander';
import { createApp } from '../app.ts';
import { readConfig } from '../config/config.ts';

/** `trailgate serve`: runs until SIGINT or SIGTERM, then stops without losing anything. */
export function serveCommand({ packageDirectory }: { readonly packageDirectory: string }): Command {
  return new Command('serve')
    .description('Serve the API. Settings are environment variables (docs/configuration.md).')
    .option('--demo', 'fill an empty data directory with a month of generated activity and keep a trickle going')
    .action(async ({ demo = false }: { demo?: boolean }) => {
      const app = await createApp(readConfig(), { packageDirectory, demo });
      let stopping = false;
      const stop = async (): Promise<void> => {
        if (stopping) return;
        stopping = true;
        await app.stop();
      };
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
      const { url, bootstrapKey, bootstrapKeyIsNew } = await app.start();
      const page = `${url}/graphql`;
      process.stderr.write(
        `\nTrailgate serves at ${page}\n` +
          (bootstrapKeyIsNew ? `Its key, kept in the data directory: ${bootstrapKey}\n\n` : '\n'),
      );
    });
}
