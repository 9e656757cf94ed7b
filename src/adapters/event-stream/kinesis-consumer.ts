import type { KinesisCalls } from './kinesis-calls.ts';
import { isFinal, kindOf, nameOf } from './kinesis-failures.ts';
import type { KinesisObserver } from './kinesis-observer.ts';

export interface ConsumerOptions {
  readonly calls: Pick<KinesisCalls, 'describe' | 'describeConsumer' | 'registerConsumer'>;
  readonly consumerName: string;
  readonly observer: KinesisObserver;
}

const CREATING_MS = 500;
const FAILED_MS = 5_000;
/** As many consumers as the stream may have, five being made at once, or no fan-out at all: worth a look now and then. */
const REFUSED_MS = 60_000;

/** The registered consumer of this process: registered once, by whoever asks first, and left registered. */
export function createKinesisConsumer({ calls, consumerName, observer }: ConsumerOptions) {
  let arn: string | null = null;
  let nextLookAt = 0;
  let looking: Promise<void> | null = null;

  const look = async (): Promise<void> => {
    try {
      const { StreamDescriptionSummary: stream } = await calls.describe();
      const found = await findOrRegister(calls, stream?.StreamARN as string, consumerName);
      if (found?.ConsumerStatus === 'ACTIVE') arn = found.ConsumerARN ?? null;
      nextLookAt = performance.now() + CREATING_MS;
    } catch (cause) {
      observer.trouble?.({ doing: 'REGISTER', cause });
      const stays = isFinal(kindOf(cause)) || nameOf(cause) === 'LimitExceededException';
      nextLookAt = performance.now() + (stays ? REFUSED_MS : FAILED_MS);
    }
  };

  const find = async (): Promise<string | null> => {
    if (!arn && performance.now() >= nextLookAt) {
      looking ??= look().finally(() => {
        looking = null;
      });
    }
    await looking;
    return arn;
  };

  return {
    /** Its ARN; null while there is none to subscribe with. */
    find,
    /** The same without waiting; looks again by itself. */
    isThere: (): boolean => {
      void find();
      return arn !== null;
    },
    /** It was removed meanwhile. */
    forget: (): void => {
      arn = null;
    },
  };
}

async function findOrRegister(calls: ConsumerOptions['calls'], streamArn: string, consumerName: string) {
  try {
    return (await calls.describeConsumer(streamArn, consumerName)).ConsumerDescription;
  } catch (error) {
    if (nameOf(error) !== 'ResourceNotFoundException') throw error;
    return (await calls.registerConsumer(streamArn, consumerName)).Consumer;
  }
}
