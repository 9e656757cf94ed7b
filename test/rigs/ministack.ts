import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** MiniStack, a process that answers as AWS: Kinesis, Firehose, S3, DynamoDB with streams, Lambda, SQS. */
export interface Ministack {
  readonly endpoint: string;
  /** What a client of the AWS SDK is made with. */
  readonly client: AwsClientSettings;
  /** The same for everything that goes by the SDK's default chain. */
  readonly environment: Readonly<Record<string, string>>;
  /** The end of what it wrote; for the message of a test that fails. */
  log(): string;
  /** Ends it with every Lambda worker it started, and removes its directory. */
  stop(): Promise<void>;
}

export interface AwsClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const PROGRAM = join(__dirname, '..', '..', '.venv-cloud-ministack', 'bin', 'ministack');
const REGION = 'us-east-1';
/** Of an access key that is no account number, MiniStack makes its own account 000000000000. */
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const START_ATTEMPTS = 3;
const START_MS = 60_000;
const STOP_MS = 10_000;
const LOG_CHARACTERS = 16_000;

/** On a free port of loopback, with a directory of its own; what it holds is gone when it stops. */
export async function startMinistack(): Promise<Ministack> {
  if (!existsSync(PROGRAM)) throw new Error('MiniStack is not installed: run test/cloud/setup.sh first');
  // Another process may take the port between the question and the start.
  for (let attempt = 1; ; attempt += 1) {
    const candidate = spawnMinistack(await findFreePort());
    try {
      await candidate.ready();
      return candidate;
    } catch (error) {
      await candidate.stop();
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}

function spawnMinistack(port: number): Ministack & { ready(): Promise<void> } {
  const directory = mkdtempSync(join(tmpdir(), 'trailgate-ministack-'));
  const state = join(directory, 'state');
  mkdirSync(state);
  const logPath = join(directory, 'ministack.log');
  const output = openSync(logPath, 'w');
  const child = spawn(PROGRAM, [], {
    cwd: directory,
    // A group of its own: Lambda workers are its children, and must not outlive it.
    detached: true,
    stdio: ['ignore', output, output],
    env: {
      // `node` of a Lambda worker is the one that runs the tests.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: directory,
      TMPDIR: directory,
      STATE_DIR: state,
      S3_DATA_DIR: state,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      LAMBDA_EXECUTOR: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  closeSync(output);
  const group = killGroupOf(child);
  process.once('exit', group);

  const endpoint = `http://127.0.0.1:${port}`;
  const log = (): string => readFileSync(logPath, 'utf8').slice(-LOG_CHARACTERS);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    endpoint,
    client: { endpoint, region: REGION, credentials: CREDENTIALS },
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    log,
    ready: async () => {
      const until = Date.now() + START_MS;
      while (Date.now() < until) {
        if (child.exitCode !== null || child.pid === undefined) throw new Error(`MiniStack ended at once:\n${log()}`);
        const answer = await fetch(`${endpoint}/_ministack/ready`, { signal: AbortSignal.timeout(5_000) }).catch(
          () => null,
        );
        if (answer?.ok) return;
        await pause(50);
      }
      throw new Error(`MiniStack does not answer after ${START_MS / 1_000} s:\n${log()}`);
    },
    stop: async () => {
      if (child.exitCode === null && child.pid !== undefined) {
        child.kill('SIGTERM');
        await Promise.race([ended, pause(STOP_MS)]);
      }
      group();
      process.removeListener('exit', group);
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Whoever of the group is still there; also when the process that holds it is gone. */
const killGroupOf = (child: ChildProcess) => () => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
};

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
