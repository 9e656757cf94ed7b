// The share of GraphQL in pages of events: reading the rows and mapping them, against the compiled operation in the
// process, against the whole request over HTTP; in turn, at moments drawn anew. `npm run build` first.
//   node bench/pages.mjs [--events 500000] [--rounds 40] [--data DIR] [--json FILE]
import { parseArgs } from 'node:util';
import { builtWarehouse } from './built-warehouse.mjs';
import { ask, startNode, stopChild } from './children.mjs';
import { createRandom } from './events.mjs';
import { createClient } from './graphql-client.mjs';
import { createReport } from './report.mjs';
import { median } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '500000' },
    rounds: { type: 'string', default: '40' },
    data: { type: 'string' },
    json: { type: 'string' },
  },
});
const KEY = 'bench-key-0123456789abcdef';
const FIELDS =
  'eventId timestamp receivedAt ingestedBy eventType activityType action userId userRole userDepartment actorKind resourceId resourceType outcome sensitivity environment region source sourceIp sessionId metadata'.split(
    ' ',
  );
/** An operation is compiled at its third use; never where a variable stands inside a literal. */
const WARM_UP_ROUNDS = 6;
const rounds = Number(values.rounds);
const report = createReport('pages');

const warehouse = await builtWarehouse({
  data: values.data,
  shape: 'history',
  events: Number(values.events),
  days: 30,
});
const { from, to } = warehouse.description;
const child = startNode('pages-server.mjs', ['--data', warehouse.path, '--key', KEY], { ipc: true });
const { url } = await ask(child, undefined, 120_000);
const client = createClient({ url, key: KEY });
const random = createRandom(7);
const moment = () => new Date(from + (0.5 + random() / 2) * (to - from)).toISOString();

const throughHttp = async ({ text, first, filter }) => {
  const cpu = await ask(child, {});
  const { data, ms } = await client.query(text, { first, filter });
  const { user, system } = await ask(child, {});
  return { ms, cpuMs: (user + system - cpu.user - cpu.system) / 1_000, size: data.auditEvents.nodes.length };
};

for (const first of [100, 5_000]) {
  for (const [shape, fields] of [
    ['all21Fields', FIELDS],
    ['withoutMetadata', FIELDS.filter((name) => name !== 'metadata')],
  ]) {
    const text = `query Page($first: Int, $filter: AuditEventFilter) {
      auditEvents(first: $first, filter: $filter) { nodes { ${fields.join(' ')} } }
    }`;
    await measure(`${first}Rows.${shape}`, { text, fields, first });
  }
}
client.close();
await stopChild(child);
report.end(values.json);
process.exit();

async function measure(name, request) {
  const figures = { page: [], executor: [], http: [] };
  let compiledRuns = 0;
  for (let round = 0; round < rounds + WARM_UP_ROUNDS; round += 1) {
    const asked = { ...request, filter: { timestamp: { to: moment() } } };
    const page = await ask(child, { part: 'page', ...asked });
    const executor = await ask(child, { part: 'executor', ...asked });
    const http = await throughHttp(asked);
    if (page.size !== request.first || http.size !== request.first) {
      report.fail(`${name}: a page of ${page.size} and ${http.size} rows instead of ${request.first}`);
    }
    compiledRuns = executor.compiledRuns;
    if (round < WARM_UP_ROUNDS) continue;
    figures.page.push(page);
    figures.executor.push(executor);
    figures.http.push(http);
  }
  if (compiledRuns === 0) report.fail(`${name}: the operation was never run compiled`);
  for (const [part, list] of Object.entries(figures)) {
    report.add(`${name}.${part}Ms`, median(list.map(({ ms }) => ms)));
    report.add(`${name}.${part}CpuMs`, median(list.map(({ cpuMs }) => cpuMs)));
  }
  const share = (part, figure) => 1 - median(figures.page.map((page, n) => page[figure] / figures[part][n][figure]));
  report.add(`${name}.graphqlShareOfExecutor`, share('executor', 'ms'));
  report.add(`${name}.graphqlShareOfHttp`, share('http', 'ms'));
  report.add(`${name}.graphqlShareOfHttpCpu`, share('http', 'cpuMs'));
}
