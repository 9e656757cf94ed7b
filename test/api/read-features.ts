import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDuckdb } from '../../src/adapters/warehouse/open-duckdb.ts';
import type { Caller } from '../../src/domain/caller.ts';
import { createSeal, type Seal } from '../../src/domain/seal.ts';
import { duckdbDialect } from '../../src/filter/dialect.ts';
import { createAuditEventGroups } from '../../src/query/audit-event-groups.ts';
import { createAuditEvents } from '../../src/query/audit-events.ts';
import { createIngestErrors } from '../../src/query/ingest-errors.ts';
import { createUserActivity } from '../../src/query/user-activity.ts';
import { createUsers } from '../../src/query/users.ts';
import { createLoaders } from '../../src/resolvers/loaders.ts';
import { createPageRows } from '../../src/resolvers/page-rows.ts';
import type { Features, RequestContext } from '../../src/resolvers/request-context.ts';
import { createSentEvents } from '../../src/resolvers/sent-events.ts';

export interface ReadFeatures {
  /** A context of its own for each request. */
  contextFor(caller: Caller): RequestContext;
  change(sql: string): Promise<unknown>;
  close(): Promise<void>;
}

/** What queries are answered from, over the data directory of an app that has stopped, with nothing in it that is random or of now. */
export async function openReadFeatures(dataDirectory: string): Promise<ReadFeatures> {
  const { warehouse } = await openDuckdb({
    path: join(dataDirectory, 'warehouse.duckdb'),
    temporaryDirectory: join(dataDirectory, 'tmp'),
    threads: 2,
    memoryLimitMiB: 512,
    readers: 3,
    sqlDirectory: join(__dirname, '..', '..', 'sql'),
    timeZone: 'UTC',
    now: () => 0,
  });
  const key = Buffer.from(readFileSync(join(dataDirectory, 'installation.key'), 'utf8').trim(), 'hex');
  const deps = {
    warehouse,
    // Nothing is known beyond what the warehouse holds: dataAsOf stands still.
    freshness: () => ({ position: { node: '', epoch: 0, seq: 0 }, dataAsOf: 0 }),
    queryTimeoutMs: 30_000,
    dialect: duckdbDialect,
    seal: withoutNonce(createSeal(key)),
  };
  const onlyRead = async (): Promise<never> => {
    throw new Error('the log is not open: nothing can be written');
  };
  const features: Features = {
    accept: onlyRead,
    resolveIngestErrors: onlyRead,
    auditEvents: createAuditEvents(deps),
    auditEventGroups: createAuditEventGroups(deps),
    userActivity: createUserActivity(deps),
    users: createUsers(deps),
    ingestErrors: createIngestErrors(deps),
    seal: deps.seal,
    settings: { queryTimeoutMs: deps.queryTimeoutMs },
  };
  return {
    contextFor: (caller) => ({
      caller,
      requestId: 'request-1',
      trace: null,
      signal: new AbortController().signal,
      features,
      loaders: createLoaders(caller, features),
      pageRows: createPageRows(),
      sentEvents: createSentEvents(),
    }),
    change: (sql) => warehouse.write('load', (writer) => writer.run({ sql, parameters: [] })),
    close: () => warehouse.close(),
  };
}

/** The same cursor and position every time. */
const withoutNonce = (seal: Seal): Seal => ({
  ...seal,
  sealOnce: (purpose, text) => seal.sealId(`${purpose}\0${text}`),
  openOnce: (purpose, sealed) => {
    const text = seal.openId(sealed);
    return text?.startsWith(`${purpose}\0`) ? text.slice(purpose.length + 1) : null;
  },
});
