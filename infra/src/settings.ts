import type { Node } from 'constructs';

/**
 * What decides which resources there are. Everything else is a parameter of the stack (parameters.ts), whose value
 * CloudFormation keeps from one deployment to the next.
 */
export interface Settings {
  /** First part of every name. */
  readonly installation: string;
  /** The DynamoDB table for producers, its Lambda and its dead-letter queue. */
  readonly dynamodbSource: boolean;
  /** What stands in for the Lambda's code: what the build left, or a placeholder in any case, or never one. */
  readonly lambdaCode: LambdaCode;
}

export type LambdaCode = 'built-or-placeholder' | 'placeholder' | 'built';

/** From `cdk.json` or `-c name=value`. @throws Error that says what is wrong with which setting. */
export function readSettings(node: Node): Settings {
  const read = (name: keyof Settings, preset: string): string => String(node.tryGetContext(name) ?? preset);
  const installation = read('installation', 'trailgate');
  // Bucket names have 63 characters, of which the account, the region and our own words take 36.
  if (!/^[a-z][a-z0-9-]{1,25}[a-z0-9]$/.test(installation)) {
    throw new Error(
      `installation is "${installation}"; it needs 3 to 27 of a-z, 0-9 and -, begins with a letter and does not end with -`,
    );
  }
  return {
    installation,
    dynamodbSource: oneOf('dynamodbSource', read('dynamodbSource', 'true'), ['true', 'false'] as const) === 'true',
    lambdaCode: oneOf('lambdaCode', read('lambdaCode', 'built-or-placeholder'), LAMBDA_CODE),
  };
}

const LAMBDA_CODE = ['built-or-placeholder', 'placeholder', 'built'] as const;

function oneOf<const Word extends string>(name: string, given: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === given);
  if (!found) throw new Error(`${name} is "${given}"; it is one of ${words.join(', ')}`);
  return found;
}
