// Fills a new data directory with generated events, by SQL straight into the marts and in order of time, slice after
// slice; cells, sessions, users and totals by the statements of sql/shared/refresh, which add each slice.
//   --shape today:   N events between midnight (UTC) and now, one user making 80%: what bench/sustained.mjs starts from.
//                    audit_events_raw holds them too, as it would.
//   --shape history: N events over --days days up to now, skewed users, a daily and a weekly rhythm: what
//                    bench/stock-queries.mjs asks about. Without raw, which no query reads.
//                    With --segments K the first K-th of the days is made so and copied K - 1 times, later and under
//                    other ids: a hundred million events in minutes. Sessions are not joined where two copies meet.
// Everything but the keys is the same at every run. Ends with bench.json in the directory.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataDirectory } from '../dist/adapters/data-directory/data-directory.js';
import { openDuckdb } from '../dist/adapters/warehouse/open-duckdb.js';
import { createSeal } from '../dist/domain/seal.js';
import { createEventIds } from '../dist/marts/event-ids.js';
import { drawHistory, drawToday, statementsFor } from './generated-events.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    shape: { type: 'string', default: 'history' },
    events: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '400' },
    users: { type: 'string', default: '50000' },
    segments: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    'memory-mib': { type: 'string', default: '6144' },
  },
});
const SLICE_EVENTS = 1_000_000;
const SAMPLES = 2_000;
const HOUR_MS = 3_600_000;
const segments = Number(values.segments);
const total = Number(values.events) / segments;
const users = Number(values.users);
const isToday = values.shape === 'today';

if (existsSync(values.data)) throw new Error(`${values.data} exists; the warehouse is built in a new directory`);
const startedAt = Date.now();
const directory = openDataDirectory(values.data, { bootstrap: null, installation: null });
let isComplete = false;
process.on('exit', () => {
  directory.release();
  if (!isComplete) rmSync(values.data, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const { warehouse, sql } = await openDuckdb({
  path: directory.warehousePath,
  temporaryDirectory: directory.temporaryPath,
  threads: Number(values.threads),
  memoryLimitMiB: Number(values['memory-mib']),
  readers: 1,
  sqlDirectory: join(import.meta.dirname, '..', 'sql'),
  timeZone: 'UTC',
  now: Date.now,
});
const plain = (text) => ({ sql: text, parameters: [] });
const additions = sql.refresh.filter(({ name }) => ['05-cells.sql', '06-sessions.sql', '07-users.sql'].includes(name));

await makeUsers();
const span = spanOf();
const hours = hoursOf(span);
const sampled = [];
for (const slice of slicesOf(hours)) await fillSlice(slice);
for (let copy = 1; copy < segments; copy += 1) await copySegment(copy);
await warehouse.write('refresh', async (writer) => {
  // Without it the first start would make the marts anew, from raw.
  await writer.run(plain(`insert into mart_settings values ('time_zone', 'UTC')`));
  await writer.run(plain('drop table bench_users'));
  const now = new Date();
  await writer.run({
    sql: "update pipeline_positions set data_as_of = ?, updated_at = ? where pipeline <> 'event-ids'",
    parameters: [now, now],
  });
});
// The index of ids as a server that had been running all along would have it.
const eventIds = createEventIds({ warehouse, sql: sql.eventIds, clock: { now: Date.now } });
while (await eventIds.writeRun());
await warehouse.close();
const description = {
  shape: values.shape,
  events: total * segments,
  users,
  day: new Date(startedAt).toISOString().slice(0, 10),
  from: span.from,
  to: span.from + (span.to - span.from) * segments,
  builtInSeconds: (Date.now() - startedAt) / 1_000,
  samples: sampled,
};
writeFileSync(join(values.data, 'bench.json'), JSON.stringify(description));
isComplete = true;

/** Every user with the pseudonym that this installation gives. */
async function makeUsers() {
  const { pseudonymOf } = createSeal(directory.installationKey);
  const lines = Array.from({ length: users + 1 }, (_, no) =>
    Buffer.from(`{"no":${no},"id":"usr-${no}","pseudonym":"${pseudonymOf(`usr-${no}`)}"}\n`),
  );
  await warehouse.write('refresh', async (writer) => {
    await writer.stageJsonLines('staged_users', lines, { no: 'integer', id: 'varchar', pseudonym: 'varchar' });
    await writer.run(plain('create table bench_users as select * from staged_users'));
  });
}

/** Soon after midnight there is too little of today: then it goes on into what is ahead, as far as clocks may be off. */
function spanOf() {
  if (!isToday) {
    const to = Math.floor(startedAt / HOUR_MS) * HOUR_MS;
    const from = to - Number(values.days) * 24 * HOUR_MS;
    return { from, to: from + (Number(values.days) / segments) * 24 * HOUR_MS };
  }
  const from = Date.UTC(
    ...new Date(startedAt)
      .toISOString()
      .slice(0, 10)
      .split('-')
      .map((n, i) => n - (i === 1 ? 1 : 0)),
  );
  return { from, to: Math.max(startedAt - 60_000, from + HOUR_MS) };
}

/** Each hour with the number of its events, which add up to the total, and the number of its first one. */
function hoursOf({ from, to }) {
  const found = [];
  for (let at = from; at < to; at += HOUR_MS) {
    const ms = Math.min(HOUR_MS, to - at);
    found.push({ at, ms, weight: (isToday ? 1 : weightOf(new Date(at))) * ms });
  }
  const whole = found.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  let first = 0;
  return found.map(({ at, ms, weight }) => {
    before += weight;
    const next = Math.round((total * before) / whole);
    const hour = { at, ms, first, count: next - first };
    first = next;
    return hour;
  });
}

/** Working hours are busy, nights and weekends are not. */
function weightOf(at) {
  const isWeekend = at.getUTCDay() % 6 === 0;
  const hour = at.getUTCHours();
  const isWorking = hour >= 7 && hour < 19;
  return (isWorking ? 1 + 0.3 * Math.sin(((hour - 7) / 12) * Math.PI) : 0.25) * (isWeekend ? 0.3 : 1);
}

/** Hours of about a million events together; an hour that holds more is cut into parts. */
function slicesOf(all) {
  const parts = all.flatMap(({ at, ms, first, count }) => {
    const pieces = Math.max(1, Math.ceil(count / SLICE_EVENTS));
    return Array.from({ length: pieces }, (_, n) => {
      const [start, end] = [Math.round((count * n) / pieces), Math.round((count * (n + 1)) / pieces)];
      return { at: at + (ms * n) / pieces, ms: ms / pieces, first: first + start, count: end - start };
    });
  });
  const slices = [];
  let size = Number.POSITIVE_INFINITY;
  for (const part of parts) {
    if (size + part.count > SLICE_EVENTS) {
      slices.push([]);
      size = 0;
    }
    slices.at(-1).push(part);
    size += part.count;
  }
  return slices;
}

async function fillSlice(slice) {
  const first = slice[0];
  const last = slice.at(-1);
  const [from, to] = [new Date(first.at), new Date(last.at + last.ms)];
  const bounds = { from_at: from, to_at: to, from_day: dayOf(from), to_day: dayOf(to) };
  await warehouse.write('refresh', async (writer) => {
    const draw = isToday ? drawToday({ users }) : drawHistory({ users });
    for (const text of statementsFor({ slice, draw })) await writer.run(plain(text));
    if (isToday) await writer.run(plain('insert into audit_events_raw by name select * from stg_new'));
    await writer.run(
      plain('insert into audit_events_mart by name select * exclude (load_id, origin, trace) from stg_new'),
    );
    for (const { statements } of additions) {
      for (const statement of statements) await writer.run(statement(bounds));
    }
    const count = Math.max(1, Math.round((SAMPLES * slice.reduce((sum, part) => sum + part.count, 0)) / total));
    const rows = await writer.all(
      plain(`select event_id, timestamp, user_id from stg_new using sample reservoir(${count} rows) repeatable (1)`),
    );
    sampled.push(...rows.map((row) => ({ eventId: row.event_id, timestamp: row.timestamp, userId: row.user_id })));
  });
  const done = last.first + last.count;
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(0);
  process.stderr.write(`  ${done.toLocaleString('en')} of ${total.toLocaleString('en')} events after ${seconds} s\n`);
}

/** The first segment again, so many of its lengths later: events under other ids, cells and sessions with them. */
async function copySegment(copy) {
  const days = (Number(values.days) / segments) * copy;
  const later = (column) => `${column} + interval '${days} days' as ${column}`;
  const end = `timestamp '${new Date(span.to).toISOString().replace('Z', '')}'`;
  const day = (column) => `cast(${column} + interval '${days} days' as date) as ${column}`;
  const hex = `md5(event_id || '${copy}')`;
  const eventId = `concat_ws('-', ${hex}[1:8], ${hex}[9:12], '4' || ${hex}[13:15], 'a' || ${hex}[16:18], ${hex}[19:30]) as event_id`;
  const cells = (table) =>
    `insert into ${table} select * replace (${day('activity_date')}) from ${table} where activity_date < cast(${end} as date)`;
  const parts = 10;
  for (let part = 0; part < parts; part += 1) {
    const at = (n) =>
      `timestamp '${new Date(span.from + ((span.to - span.from) * n) / parts).toISOString().replace('Z', '')}'`;
    await warehouse.write('refresh', (writer) =>
      writer.run(
        plain(`insert into audit_events_mart
          select * replace (${day('event_day')}, ${eventId}, ${['timestamp', 'received_at', 'load_timestamp'].map(later).join(', ')})
          from audit_events_mart where timestamp >= ${at(part)} and timestamp < ${at(part + 1)}`),
      ),
    );
  }
  await warehouse.write('refresh', async (writer) => {
    await writer.run(
      plain(
        `insert into audit_event_hours select * replace (${later('event_hour')}) from audit_event_hours where event_hour < ${end}`,
      ),
    );
    for (const table of ['user_activity_daily', 'user_resource_daily']) {
      const moments = table === 'user_activity_daily' ? `, ${later('first_activity')}, ${later('last_activity')}` : '';
      await writer.run(plain(cells(table).replace(') from', `${moments}) from`)));
    }
    await writer.run(
      plain(
        `insert into user_sessions select * replace (${later('session_start')}, ${later('session_end')}) from user_sessions where session_start < ${end}`,
      ),
    );
    if (copy < segments - 1) return;
    await writer.run(plain(`update users set latest_at = latest_at + interval '${days} days'`));
    await writer.run(
      plain(`update user_activity_totals set event_count = event_count * ${segments}, session_count = session_count * ${segments},
        session_seconds = session_seconds * ${segments}, last_activity = last_activity + interval '${days} days'`),
    );
    const rows = await writer.all(
      plain(
        `select event_id, timestamp, user_id from audit_events_mart using sample reservoir(${SAMPLES} rows) repeatable (1)`,
      ),
    );
    sampled.splice(
      0,
      sampled.length,
      ...rows.map((row) => ({ eventId: row.event_id, timestamp: row.timestamp, userId: row.user_id })),
    );
  });
  process.stderr.write(`  copy ${copy} of ${segments - 1} after ${((Date.now() - startedAt) / 1_000).toFixed(0)} s\n`);
}

function dayOf(at) {
  return at.toISOString().slice(0, 10);
}
