// Events in SQL, for warehouses too large to fill over HTTP: drawn from a hash of their number, so that every run makes
// the same. The shape of bench/events.mjs.
import { activityTypeOf } from '../dist/domain/activity-type.js';
import { DEPARTMENTS, REGIONS, TYPES } from './events.mjs';

/**
 * A number in [0, of). Number and salt go into one value: hash(n, salt) mixes them so that the low bits of two salts
 * follow each other, and then each user would do one kind of thing only.
 */
const drawn = (salt, of) => `cast(hash(n * 16 + ${salt}) % ${of} as integer)`;
/** In [0, 1). */
const share = (salt) => `${drawn(salt, 1_000_003)} / 1000003.0`;

/** One user makes 80%; any user touches any of 2,000 documents. */
export const drawToday = ({ users }) => ({
  userNo: `case when ${drawn(1, 10)} < 8 then 0 else 1 + ${drawn(2, users)} end`,
  resourceNo: drawn(4, 2_000),
});

/** The busiest of 50,000 makes about 7%, the least busy half a sixth; each comes back to a few of 20,000 documents. */
export const drawHistory = ({ users }) => ({
  userNo: `cast(floor(pow(${share(1)}, 4) * ${users}) as integer)`,
  resourceNo: `cast(hash(user_no * 64 + ${drawn(4, 6)} * ${drawn(5, 6)}) % 20000 as integer)`,
});

/** Statements that make stg_new, with all columns of audit_events_raw, for the parts of a slice in order of time. */
export const statementsFor = ({ slice, draw }) => [
  `create or replace temp table stg_drawn as ${drawnOf({ slice, draw })}`,
  `create or replace temp table stg_new as ${ROWS}`,
];

const drawnOf = ({ slice, draw }) => `
with parts(begins, us, first_no, size) as (values ${slice.map(partOf).join(', ')}),
numbered as (
  select first_no + i as n, begins + to_microseconds(cast((i + hash(i) % 1000 / 1000.0) * us / size as bigint)) as moment
  from (select *, unnest(range(size)) as i from parts) as p
)
select n, date_trunc('millisecond', moment) as occurred,
    ${draw.userNo} as user_no, ${drawn(3, TYPES.length)} + 1 as type_no, ${draw.resourceNo} as resource_no,
    ${drawn(7, 100)} as fate, md5(concat('event ', n)) as hex
from numbered`;

const ROWS = `
select
  cast(0 as bigint) as load_id,
  cast(occurred as date) as event_day,
  concat_ws('-', hex[1:8], hex[9:12], '4' || hex[13:15], 'a' || hex[16:18], hex[19:30]) as event_id,
  occurred as timestamp,
  occurred + to_milliseconds(200 + fate * 20) as received_at,
  'bootstrap' as ingested_by,
  'API' as origin,
  cast(null as varchar) as trace,
  ${listOf(TYPES.map(([eventType]) => eventType))}[type_no] as event_type,
  ${listOf(TYPES.map(([eventType, action]) => activityTypeOf(eventType, action)))}[type_no] as activity_type,
  ${listOf(TYPES.map(([, action]) => action))}[type_no] as action,
  u.id as user_id,
  u.pseudonym as user_pseudonym,
  'ANALYST' as user_role,
  ${listOf(DEPARTMENTS)}[user_no % 5 + 1] as user_department,
  case when user_no % 7 = 3 then 'SERVICE' else 'HUMAN' end as actor_kind,
  concat('doc-', resource_no) as resource_id,
  'DOCUMENT' as resource_type,
  case when fate < 2 then 'FAILURE' when fate < 4 then 'DENIED' else 'SUCCESS' end as outcome,
  case when resource_no % 9 = 0 then 'HIGH' else 'MEDIUM' end as sensitivity,
  'PROD' as environment,
  ${listOf(REGIONS)}[user_no % 3 + 1] as region,
  'warehouse' as source,
  concat('10.', user_no % 250, '.0.1') as source_ip,
  concat('s-', user_no) as session_id,
  concat(
    '{"access_method":"', ['API', 'CONSOLE', 'CLI'][n % 3 + 1], '","request_id":"', hex[17:32], '","rows":', n % 1000,
    ',"status":', case when fate < 4 then 403 else 200 end,
    ',"user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}'
  )::json as metadata,
  sha256(hex) as payload_sha256,
  'generated' as ingest_node,
  cast(1 as bigint) as ingest_epoch,
  cast(n + 1 as bigint) as ingest_seq,
  occurred + to_milliseconds(3000) as load_timestamp
from stg_drawn as d
inner join bench_users as u on u.no = d.user_no
order by d.n`;

const partOf = ({ at, ms, first, count }) =>
  `(make_timestamp(${Math.round(at * 1_000)}), ${Math.round(ms * 1_000)}, ${first}, ${count})`;

function listOf(words) {
  return `[${words.map((word) => `'${word}'`).join(', ')}]`;
}
