import { createRequire } from 'node:module';
import { App, type AppProps } from 'aws-cdk-lib';
import { readSettings } from './settings.ts';
import { TrailgateStack } from './stack.ts';

/** The whole app. What is wrong in the template fails the synthesis; nothing is looked up in an account. */
export function createApp(options: Pick<AppProps, 'outdir' | 'postCliContext'> = {}): App {
  const app = new App({
    outdir: process.env.CDK_OUTDIR ?? 'cdk.out',
    analyticsReporting: false,
    treeMetadata: false,
    ...options,
    // The library's own choice of behaviour, which includes that a finding of its validation is an error.
    context: recommendedFlags,
  });
  const settings = readSettings(app.node);
  new TrailgateStack(app, settings.installation, { settings });
  return app;
}

const recommendedFlags: Record<string, unknown> = createRequire(import.meta.url)(
  'aws-cdk-lib/recommended-feature-flags.json',
);
