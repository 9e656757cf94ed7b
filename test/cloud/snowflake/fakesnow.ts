import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Fakesnow {
  readonly url: string;
  stop(): Promise<void>;
}

/** fakesnow behind shim.py, in a process of its own that ends with its standard input. */
export async function startFakesnow(): Promise<Fakesnow> {
  const python = join(process.cwd(), '.venv-cloud-fakesnow', 'bin', 'python');
  const child = spawn(python, [join(process.cwd(), 'test', 'cloud', 'snowflake', 'shim.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const said = once(createInterface(child.stdout), 'line');
  const [line] = await Promise.race([
    said,
    ended.then(() => Promise.reject(new Error('fakesnow did not start; is test/cloud/setup.sh run?'))),
  ]);
  const { port } = JSON.parse(line as string) as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
