import { AppError } from '../../domain/errors.ts';
import { isRegionMissing } from '../aws/region-missing.ts';
import { type FailureKind, kindOf } from './kinesis-failures.ts';

export interface KinesisQuestion {
  readonly streamName: string;
  /** The right that it needs. */
  readonly action: string;
}

/** Why a question to the stream was not answered, for whoever set it up; requests of the gateway have words of their own. */
export const explainKinesis = (question: KinesisQuestion, cause: unknown): AppError =>
  new AppError('STREAM_UNAVAILABLE', adviceOf(question, kindOf(cause), cause), { cause });

function adviceOf({ streamName, action }: KinesisQuestion, kind: FailureKind, cause: unknown): string {
  if (isRegionMissing(cause)) return 'was not asked: no region is set. Set AWS_REGION.';
  switch (kind) {
    case 'NO_STREAM':
      return `there is no stream ${streamName} in this account and region. Create it, or correct TRAILGATE_KINESIS_STREAM or AWS_REGION.`;
    case 'DENIED':
      return `this role may not look. Allow it ${action} on the stream ${streamName}.`;
    case 'NO_CREDENTIALS':
      return 'was not asked: no credentials were found.';
    case 'CREDENTIALS':
      return 'AWS does not accept these credentials. Renew or correct them.';
    case 'SIGNATURE':
      return "AWS refused the signature. Correct the secret key, and look at this machine's clock.";
    case 'KEY':
      return `the key that encrypts ${streamName} cannot be used. Enable it, and allow this role kms:Decrypt and kms:GenerateDataKey.`;
    case 'THROTTLED':
      return 'AWS has had too many such questions. Ask again in a minute.';
    case 'TIMEOUT':
    case 'UNREACHABLE':
      return 'Kinesis cannot be reached. Check network, region, VPC endpoint, and AWS_ENDPOINT_URL if it is set.';
    case 'FAULT':
      return 'Kinesis answered with a fault of its own. Ask again in a minute.';
    case 'REFUSED':
      return `Kinesis refused ${action} (${cause instanceof Error ? cause.name : 'no name given'}).`;
  }
}
