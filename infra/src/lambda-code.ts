import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { LambdaCode } from './settings.ts';

/** Compiled, this file lies in infra/dist/src. */
const INFRA = join(import.meta.dirname, '..', '..');
const BUILT = join(INFRA, '..', 'dist-lambda');
const PLACEHOLDER = join(INFRA, 'placeholder');

/**
 * What the build left in `dist-lambda/`, or a stand-in that refuses every record, so that the template can be made and
 * checked without a build. @throws Error where only the built code will do and there is none.
 */
export function findLambdaCode(scope: Construct, wanted: LambdaCode, folder = BUILT): Code {
  const isBuilt = existsSync(join(folder, 'index.mjs'));
  if (wanted === 'built' && !isBuilt) {
    throw new Error('dist-lambda/ is not there. Run `node scripts/build-lambda.mjs` in the folder above, then again.');
  }
  if (isBuilt && wanted !== 'placeholder') return Code.fromAsset(folder);
  Annotations.of(scope).addInfo(
    'The code of the Lambda is a placeholder that refuses every record. `npm run deploy` takes none: build it first.',
  );
  return Code.fromAsset(PLACEHOLDER);
}
