import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KinesisEndpoint } from './kinesis-endpoint.ts';

const UP_MS = 30_000;
/** It does not always heed SIGTERM. */
const GRACE_MS = 200;

/** kinesis-local in a process of its own, on two free ports. */
export async function startKinesisLocal(): Promise<KinesisEndpoint> {
  const home = join(process.cwd(), 'node_modules', 'kinesis-local');
  const [plainPort, tlsPort] = await Promise.all([freePort(), freePort()]);
  const child = spawn(process.execPath, [join(home, 'main.js')], {
    stdio: 'ignore',
    env: {
      ...process.env,
      KINESIS_MOCK_CERT_PATH: join(home, 'server.json'),
      KINESIS_MOCK_PLAIN_PORT: String(plainPort),
      KINESIS_MOCK_TLS_PORT: String(tlsPort),
      LOG_LEVEL: 'ERROR',
      CREATE_STREAM_DURATION: '10ms',
      SPLIT_SHARD_DURATION: '10ms',
      MERGE_SHARDS_DURATION: '10ms',
      REGISTER_STREAM_CONSUMER_DURATION: '10ms',
    },
  });
  try {
    await untilListening(child, plainPort);
  } catch (error) {
    await stop(child);
    throw error;
  }
  return { url: `http://127.0.0.1:${plainPort}`, stop: () => stop(child) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (const giveUpAt = Date.now() + UP_MS; Date.now() < giveUpAt; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`kinesis-local ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return;
  }
  throw new Error(`kinesis-local is not up after ${UP_MS} ms`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await exited;
  clearTimeout(timer);
}
