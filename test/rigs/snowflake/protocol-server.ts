import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createEngine } from './engine.ts';
import { createFaults, type Faults } from './faults.ts';
import { type LoginData, type LoginRules, refusalOf } from './logins.ts';
import { createQueries, type QueryBody, type SeenStatement } from './queries.ts';
import { createSessions, type Session } from './sessions.ts';

export interface RigOptions extends LoginRules {
  /** What each role may do. */
  readonly roles: Readonly<Record<string, 'read' | 'write'>>;
  /** SQL run once on the rig's DuckDB, before anything else. */
  readonly prelude: readonly string[];
  /** A statement that takes longer is answered with a place to ask again. */
  readonly inProgressAfterMs?: number;
  /** Rows that come with the answer; the others come in chunks of as many. */
  readonly rowsPerChunk?: number;
}

export interface SnowflakeRig {
  readonly url: string;
  readonly faults: Faults;
  /** Every statement that reached the engine, in the order of arrival. */
  readonly statements: readonly SeenStatement[];
  /** Role and way of each login. */
  readonly logins: readonly { readonly role: string; readonly authenticator: string }[];
  /** Paths asked for, with their method. */
  readonly requests: readonly string[];
  openSessions(): number;
  running(): number;
  /** Session tokens are refused from now on until they are renewed. */
  expireTokens(): void;
  /** Sessions are gone: nothing is known of them any more. */
  dropSessions(): Promise<void>;
  /** Ends all faults, and resolves when the driver has asked again for what it will ask again. */
  recover(): Promise<void>;
  /** Resolves as soon as it holds; looked at whenever a request begins or ends. */
  until(holds: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** A server of Snowflake's own protocol as the Node driver speaks it, with a DuckDB behind it. On loopback. */
export async function createSnowflakeRig(options: RigOptions): Promise<SnowflakeRig> {
  const engine = await createEngine(options.prelude);
  const faults = createFaults();
  const sessions = createSessions();
  const logins: { role: string; authenticator: string }[] = [];
  const requests: string[] = [];
  const silent: IncomingMessage[] = [];
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watch of [...watchers]) watch();
  };
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const watch = (): void => {
        if (!holds()) return;
        watchers.delete(watch);
        resolve();
      };
      watchers.add(watch);
      watch();
    });
  /** Requests that a fault befell and that the driver has not repeated yet; it says so in the address when it does. */
  let owed = 0;
  const queries = createQueries({
    chunkUrl: (id, index) => `${url}/chunks/${id}/${index}`,
    inProgressAfterMs: options.inProgressAfterMs ?? 1_000,
    rowsPerChunk: options.rowsPerChunk ?? 5_000,
    changed,
  });

  const login = async (body: { data: LoginData }, parameters: URLSearchParams): Promise<object> => {
    const role = parameters.get('roleName') ?? '';
    logins.push({ role, authenticator: body.data.AUTHENTICATOR ?? '' });
    const refusal = refusalOf(options, body.data);
    if (refusal) return failure(refusal.code, refusal.message);
    const access = options.roles[role];
    if (!access)
      return failure('390189', `Role '${role}' specified in the connect string does not exist or not authorized.`);
    const session = sessions.add(role, await engine.open(access));
    return success({
      ...session.tokens(),
      sessionId: session.id,
      parameters: [{ name: 'CLIENT_STAGE_ARRAY_BINDING_THRESHOLD', value: 65_280 }],
      sessionInfo: { roleName: role },
    });
  };

  const inSession = async (
    request: IncomingMessage,
    answer: (session: Session) => Promise<object>,
  ): Promise<object> => {
    const found = sessions.find(tokenOf(request));
    if (found === 'gone')
      return failure('390111', 'Session no longer exists. New login required to access the service.');
    if (found === 'expired') return failure('390112', 'Your session has expired. Please login again.');
    return answer(found);
  };

  const route = async (request: IncomingMessage, path: URL, body: unknown): Promise<object | Buffer> => {
    const [, first, second, third] = path.pathname.split('/');
    if (path.pathname === '/session/v1/login-request') return login(body as { data: LoginData }, path.searchParams);
    if (path.pathname === '/session/token-request')
      return (
        sessions.renew(tokenOf(request)) ??
        failure('390114', 'Authentication token has expired. The user must authenticate again.')
      );
    if (path.pathname === '/telemetry/send') return success(null);
    if (first === 'chunks') return queries.chunk(second as string, Number(third));
    return inSession(request, async (session) => {
      if (path.pathname === '/session/heartbeat') return success(null);
      if (path.pathname === '/session') return sessions.end(session).then(() => success(null));
      if (path.pathname === '/queries/v1/query-request') {
        return queries.run(session, path.searchParams.get('requestId') ?? randomUUID(), body as QueryBody);
      }
      if (path.pathname === '/queries/v1/abort-request')
        return queries.abort((body as { requestId: string }).requestId);
      if (first === 'queries' && third === 'abort-request') return queries.abort(second as string);
      if (first === 'queries' && third === 'result') return queries.result(second as string);
      return failure('390000', `the rig has no ${path.pathname}`);
    });
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', url);
    const body = await readBody(request);
    requests.push(`${request.method} ${path.pathname}`);
    if (path.searchParams.has('retryCount')) owed -= 1;
    changed();
    const fault = faults.take(`${path.pathname} ${(body as Partial<QueryBody> | null)?.sqlText ?? ''}`);
    if (fault && fault.kind !== 'code' && path.pathname.startsWith('/queries/')) owed += 1;
    if (fault?.kind === 'reset') return void request.socket.destroy();
    if (fault?.kind === 'status') return void response.writeHead(fault.status).end();
    const answer = fault?.kind === 'code' ? failure(fault.code, fault.message) : await route(request, path, body);
    changed();
    if (fault?.kind === 'lost answer') return void request.socket.destroy();
    if (fault?.kind === 'silence') return void silent.push(request);
    const isChunk = Buffer.isBuffer(answer);
    response
      .writeHead(200, {
        'content-type': isChunk ? 'binary/octet-stream' : 'application/json',
        'content-encoding': 'gzip',
      })
      .end(gzipSync(isChunk ? answer : JSON.stringify(answer)));
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(failure('390000', `the rig failed: ${error.message}`)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    faults,
    statements: queries.seen,
    logins,
    requests,
    openSessions: sessions.size,
    running: queries.running,
    expireTokens: sessions.expireTokens,
    dropSessions: sessions.endAll,
    recover: () => {
      faults.clear();
      for (const request of silent.splice(0)) request.socket.destroy();
      return until(() => owed <= 0);
    },
    until,
    close: async () => {
      queries.abortAll();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await sessions.endAll();
      engine.close();
    },
  };
}

const success = (data: object | null): object => ({ data, code: null, message: null, success: true });
const failure = (code: string, message: string): object => ({ data: {}, code, message, success: false });

const tokenOf = (request: IncomingMessage): string =>
  /Token="([^"]*)"/.exec(request.headers.authorization ?? '')?.[1] ?? '';

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  if (bytes.length === 0) return null;
  return JSON.parse((request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8'));
}
