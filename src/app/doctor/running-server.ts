import type { Config } from '../../config/config.ts';
import { about, type Finding } from '../../ports/checkup.ts';

/** Whether the server that owns the data directory is ready for traffic, as it says itself. */
export async function askServer(
  { host, port }: Pick<Config, 'host' | 'port'>,
  pid: number,
  signal: AbortSignal,
): Promise<Finding> {
  const { ok, fail, skip } = about('server');
  const who = `process ${pid} owns the data directory`;
  if (port === 0) return skip(`${who}; PORT is 0, so that nobody knows where it listens`);
  const url = `http://${addressOf(host)}:${port}/readyz`;
  try {
    const answer = await fetch(url, { signal });
    const { status, reason } = (await answer.json()) as { status?: string; reason?: string };
    if (answer.ok && status === 'ready') return ok(`${who} and is ready (${url})`);
    return fail(`${who} and is not ready: ${reason ?? `HTTP ${answer.status} from ${url}`}. Its log says why.`);
  } catch {
    return fail(`${who}, but nothing answers at ${url}. Give this command the HOST and PORT of the server.`);
  }
}

/** Who listens everywhere is asked here. */
function addressOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
