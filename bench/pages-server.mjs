// The server for bench/pages.mjs: reads and GraphQL over a built warehouse, without log and loader. Asked by message, it
// runs one part by itself: 'page' (warehouse.read and the mapping of its rows), 'executor' (the compiled operation, its
// answer as JSON text), or tells the CPU it has used so far.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'graphql';
import { pino } from 'pino';
import { createAuthenticate } from '../dist/access/authenticate.js';
import { openDataDirectory } from '../dist/adapters/data-directory/data-directory.js';
import { openDuckdb } from '../dist/adapters/warehouse/open-duckdb.js';
import { EVERY_ROW, ROLES } from '../dist/domain/caller.js';
import { createSeal } from '../dist/domain/seal.js';
import { duckdbDialect } from '../dist/filter/dialect.js';
import { createAuditEvents } from '../dist/query/audit-events.js';
import { createSchema } from '../dist/resolvers/build-schema.js';
import { createLoaders } from '../dist/resolvers/loaders.js';
import { createExecutor } from '../dist/server/execution/index.js';
import { createHttpServer } from '../dist/server/http.js';
import { createMetrics } from '../dist/server/metrics.js';

const { values } = parseArgs({ options: { data: { type: 'string' }, key: { type: 'string' } } });
const caller = { subject: 'bootstrap', roles: ROLES, scope: EVERY_ROW, masks: new Set() };
const directory = openDataDirectory(values.data, { bootstrap: values.key, installation: null });
process.on('exit', () => directory.release());
const { warehouse } = await openDuckdb({
  path: directory.warehousePath,
  temporaryDirectory: directory.temporaryPath,
  threads: 2,
  memoryLimitMiB: 1_024,
  readers: 3,
  sqlDirectory: join(import.meta.dirname, '..', 'sql'),
  timeZone: 'UTC',
  now: Date.now,
});
const seal = createSeal(randomBytes(32));
const auditEvents = createAuditEvents({
  warehouse,
  seal,
  queryTimeoutMs: 30_000,
  dialect: duckdbDialect,
  freshness: () => ({ position: { node: '', epoch: 0, seq: 0 }, dataAsOf: 0 }),
});
const features = { auditEvents, seal };
const schema = createSchema();
const server = await createHttpServer({
  schema,
  features,
  authenticate: createAuthenticate({ bootstrapKey: values.key }),
  pipeline: { status: async () => ({ backlog: 0, dataAsOf: 0, failures: 0 }) },
  metrics: createMetrics(),
  log: pino({ level: 'warn' }),
  introspection: true,
  isProduction: process.env.NODE_ENV === 'production',
});
const url = await server.listen({ host: '127.0.0.1', port: 0 });
const executor = createExecutor({ schema });
const documents = new Map();

const parts = {
  page: async ({ fields, first, filter }) => {
    const page = await auditEvents.page(caller, {
      first,
      // Of GraphQL's own DateTime, milliseconds come out.
      filter: { timestamp: { to: Date.parse(filter.timestamp.to) } },
      orderBy: { field: 'TIMESTAMP', direction: 'DESC' },
      fields: new Set(fields),
    });
    return page.events.length;
  },
  executor: async ({ text, first, filter }) => {
    if (!documents.has(text)) documents.set(text, parse(text));
    const contextValue = {
      caller,
      requestId: 'bench',
      trace: null,
      signal: new AbortController().signal,
      features,
      loaders: createLoaders(caller, features),
    };
    const document = documents.get(text);
    const result = await executor.execute({
      document,
      documentHash: text,
      variableValues: { first, filter },
      contextValue,
    });
    if (result.errors) throw result.errors[0];
    return JSON.stringify(result).length;
  },
};

process.on('message', async ({ part, ...request }) => {
  try {
    if (!part) return process.send(process.cpuUsage());
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    const size = await parts[part](request);
    const ms = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    process.send({ size, ms, cpuMs: (user + system) / 1_000, compiledRuns: executor.stats().compiledRuns });
  } catch (error) {
    process.send({ error: String(error) });
  }
});
const stop = async () => {
  await server.close();
  await warehouse.close();
  process.exit(0);
};
process.on('SIGTERM', stop);
process.on('disconnect', stop);
process.send({ url });
