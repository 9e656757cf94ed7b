// How many statements Snowflake is asked for each GraphQL operation, and for a load with its refresh: counted at a server
// that speaks Snowflake's protocol, behind the real driver and the whole gateway. `npm run build` first.
//   node bench/snowflake-statements.mjs [--events 200000] [--json FILE]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRigProcess } from '../test/soak/kinesis-rig-process.mjs';
import { builtWarehouse } from './built-warehouse.mjs';
import { createReport } from './report.mjs';
import { startServer } from './server.mjs';

const { values } = parseArgs({ options: { events: { type: 'string', default: '200000' }, json: { type: 'string' } } });
/** The least of them: the loader asks something of its own now and then. */
const RUNS = 3;

const report = createReport('snowflake-statements');
const warehouse = await builtWarehouse({ shape: 'history', events: Number(values.events), days: 60, users: 1_000 });
const { samples, to } = warehouse.description;
const [{ eventId, timestamp, userId }] = samples;
const at = (time) => new Date(time).toISOString();
const WEEK_MS = 7 * 86_400_000;
const lastWeek = { timestamp: { from: at(to - WEEK_MS), to: at(to) } };

/** Each as a client asks it; the goal is what the design allows. */
const OPERATIONS = {
  pageOfEvents: { text: '{ auditEvents(first: 50) { nodes { eventId } pageInfo { endCursor } dataAsOf } }' },
  pageOfEventsOfAWeek: {
    text: 'query Q($filter: AuditEventFilter) { auditEvents(first: 50, filter: $filter) { nodes { eventId } } }',
    variables: { filter: lastWeek },
  },
  pageOfEventsWithTotal: { text: '{ auditEvents(first: 50) { nodes { eventId } totalCount } }' },
  pageOfACopier: {
    text: '{ auditEvents(first: 1000, orderBy: { field: RECEIVED_AT, direction: ASC }) { nodes { eventId } dataAsOf } }',
  },
  pageOfEventsWithUsers: { text: '{ auditEvents(first: 50) { nodes { eventId user { userId role department } } } }' },
  pageOfEventsWithUsersAndActivity: {
    text: '{ auditEvents(first: 50) { nodes { eventId user { role activity { activityType eventCount } } } } }',
  },
  pageOfAUser: {
    text: 'query Q($filter: AuditEventFilter) { auditEvents(first: 50, filter: $filter) { nodes { eventId } } }',
    variables: { filter: { userId: { eq: userId } } },
  },
  totals: { text: '{ auditEventGroups { nodes { count uniqueUsers } } }' },
  groupsByHourAndType: {
    text: `query Q($filter: AuditEventFilter) {
      auditEventGroups(filter: $filter, interval: HOUR, groupBy: [EVENT_TYPE], first: 1000) {
        nodes { bucket dimensions { eventType } count }
      }
    }`,
    variables: { filter: lastWeek },
  },
  userActivity: { text: '{ userActivity(first: 50) { nodes { userId activityType eventCount } } }' },
  userWithActivity: {
    text: 'query Q($userId: String!) { user(userId: $userId) { role activity { activityType eventCount } } }',
    variables: { userId },
  },
  ingestErrors: { text: '{ ingestErrors(first: 50) { nodes { code message } } }' },
  eventByIdAndTime: {
    text: 'query Q($id: String!, $at: DateTime) { auditEvent(eventId: $id, timestamp: $at) { eventId } }',
    variables: { id: eventId, at: at(timestamp) },
  },
  eventById: { text: 'query Q($id: String!) { auditEvent(eventId: $id) { eventId } }', variables: { id: eventId } },
  pageAndGroupsAndErrors: {
    text: `{ auditEvents(first: 50) { nodes { eventId } } auditEventGroups { nodes { count } }
      ingestErrors(first: 50) { nodes { code } } }`,
  },
};

const place = mkdtempSync(join(tmpdir(), 'trailgate-bench-snowflake-'));
process.on('exit', () => rmSync(place, { recursive: true, force: true }));
const rig = await startRigProcess('bench/snowflake-rig.ts', { filledFrom: join(warehouse.path, 'warehouse.duckdb') });
const server = await startServer(join(place, 'data'), {
  env: {
    TRAILGATE_STREAM: 'kinesis',
    TRAILGATE_WAREHOUSE: 'snowflake',
    TRAILGATE_KINESIS_STREAM: rig.streamName,
    TRAILGATE_KINESIS_BUCKETS: '1',
    TRAILGATE_INSTALLATION_KEY: '5a'.repeat(32),
    TRAILGATE_SNOWFLAKE_ACCOUNT: rig.account,
    TRAILGATE_SNOWFLAKE_URL: rig.url,
    TRAILGATE_SNOWFLAKE_USER: rig.user,
    TRAILGATE_SNOWFLAKE_KEY_FILE: rig.keyFile,
    AWS_ENDPOINT_URL_KINESIS: rig.kinesisUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
  },
});
for (const [name, { text, variables }] of Object.entries(OPERATIONS)) {
  const counts = [];
  for (let run = 0; run < RUNS; run += 1) {
    const before = await rig.ask('reads');
    const { data, errors } = await server.query(text, variables);
    counts.push((await rig.ask('reads')) - before);
    if (errors) report.fail(`${name}: ${errors[0].message}`);
    if (data && Object.values(data).some((value) => value === null)) report.fail(`${name} found nothing`);
  }
  report.add(`${name}.statements`, Math.min(...counts));
}
report.add('logins', await rig.ask('logins'));
await server.stop();
const { lines, inserted, look, load, refresh } = await rig.ask('loadAndRefresh');
await rig.stop();
report.add('lookThatFindsNothing.statements', look);
report.add('load.lines', lines);
report.add('load.statements', load);
report.add('refresh.inserted', inserted);
report.add('refresh.statements', refresh);
if (inserted === 0) report.fail('the refresh added nothing');
report.end(values.json);
process.exit();
