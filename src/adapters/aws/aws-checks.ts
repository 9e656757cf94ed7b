import { about, type Checkup, type Finding } from '../../ports/checkup.ts';

/** What the SDK finds by itself, the same for each of its clients: a client's `config`. */
export interface AwsIdentity {
  region(): Promise<string>;
  credentials(): Promise<AwsCredentials>;
}

export interface AwsCredentials {
  readonly expiration?: Date | undefined;
  /** Where the SDK found them: its names of features, in its codes. */
  readonly $source?: Readonly<Record<string, string>> | undefined;
}

/** Region and credentials: which, and where they were found; never what they are. */
export const awsChecks = ({ region, credentials }: AwsIdentity, now: () => number): Checkup => ({
  checks: [
    { subject: 'AWS region', run: async () => [await checkRegion(region)] },
    {
      subject: 'AWS credentials',
      run: async () => {
        const { fail } = about('AWS credentials');
        return credentials().then(
          (found) => [judgeCredentials(found, now())],
          () => [fail(`none were found. ${GIVE_SOME}`)],
        );
      },
    },
  ],
  close: async () => undefined,
});

const GIVE_SOME =
  'Give the process a role (ECS task, EC2 instance profile), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';

async function checkRegion(region: () => Promise<string>): Promise<Finding> {
  const { ok, fail } = about('AWS region');
  return region().then(ok, () =>
    fail('none is set. Set AWS_REGION to the one that the stream, table and buckets are in.'),
  );
}

const SOON_MS = 10 * 60_000;

export function judgeCredentials({ expiration, $source = {} }: AwsCredentials, now: number): Finding {
  const { ok, warn, fail } = about('AWS credentials');
  const source = sourceOf(Object.keys($source));
  if (!expiration) return ok(`from ${source}`);
  const until = `until ${expiration.toISOString()}`;
  const left = expiration.getTime() - now;
  if (left <= 0) return fail(`from ${source}, but only ${until}. Renew them.`);
  const areRenewed = RENEWED.some((feature) => feature in $source);
  return left < SOON_MS && !areRenewed
    ? warn(`from ${source}, only ${until}, and nothing renews them. Use a role, or renew them.`)
    : ok(`from ${source}, ${until}`);
}

/** The SDK gets new ones by itself. */
const RENEWED = [
  'CREDENTIALS_HTTP',
  'CREDENTIALS_IMDS',
  'CREDENTIALS_STS_ASSUME_ROLE',
  'CREDENTIALS_STS_ASSUME_ROLE_WEB_ID',
];

/** The most telling first: a role that a profile names is told as a role. */
const SOURCES: readonly (readonly [RegExp, string])[] = [
  [/IMDS/, 'the role of this EC2 instance'],
  [/HTTP/, 'the role of this container'],
  [/WEB_ID/, 'a role taken with a web identity token'],
  [/ASSUME_ROLE/, 'a role that a profile names'],
  [/SSO/, 'a profile that logs in by SSO'],
  [/LOGIN/, 'a profile that logs in by a browser'],
  [/PROCESS/, 'a program that a profile names'],
  [/PROFILE/, 'a profile of ~/.aws'],
  [/ENV_VARS/, 'environment variables'],
];

const sourceOf = (features: readonly string[]): string =>
  SOURCES.find(([pattern]) => features.some((feature) => pattern.test(feature)))?.[1] ??
  'a source that the SDK does not name';
