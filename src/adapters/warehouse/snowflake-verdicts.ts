import { about, type Finding } from '../../ports/checkup.ts';
import { dueOf } from './migrate.ts';
import type { SnowflakeNames } from './snowflake-names.ts';

export interface PlaceRow {
  readonly database_name: string | null;
  readonly schema_name: string | null;
  readonly warehouse_name: string | null;
  readonly region: string | null;
  readonly version: string | null;
}

/** Where a session of a role stands. */
export function judgePlace(
  subject: string,
  place: PlaceRow,
  wanted: { role: string; warehouse: string; names: SnowflakeNames },
): Finding {
  const { ok, fail } = about(subject);
  const { role, warehouse, names } = wanted;
  if (place.database_name === null) {
    return fail(
      `${role} logs in, and sees no database ${names.database}. Make it (trailgate migrate --account), or: grant usage on database ${names.database} to role ${role}`,
    );
  }
  if (place.schema_name === null) {
    return fail(
      `${role} sees no schema ${names.database}.${names.martsSchema}. Run "trailgate migrate", or: grant usage on schema ${names.database}.${names.martsSchema} to role ${role}`,
    );
  }
  if (place.warehouse_name === null) {
    return fail(
      `${role} has no compute. Make it (trailgate migrate --account), or: grant usage on warehouse ${warehouse} to role ${role}`,
    );
  }
  return ok(
    `${role} logs in (${place.region}, version ${place.version}) and sees ${place.database_name}.${place.schema_name}`,
  );
}

export function judgeMigrations(
  ...[records, files]: Parameters<typeof dueOf<{ name: string; text: string }>>
): Finding {
  const { ok, fail } = about('Snowflake schema');
  try {
    const due = dueOf(records, files);
    if (due.length === 0) return ok('is that of this version');
    return fail(`lacks ${due.map(({ name }) => name).join(', ')}. Run "trailgate migrate" as its owner.`);
  } catch (error) {
    return fail((error as Error).message);
  }
}

export interface GrantRow {
  readonly privilege: string;
  readonly granted_on: string;
  readonly name: string;
}

const READING = new Set(['SELECT', 'USAGE', 'REFERENCES', 'MONITOR', 'OPERATE']);
const SHOWN = 3;

/** What the reader may do besides reading, and what it should not even read. */
export function judgeReader(grants: readonly GrantRow[], mayDelete: boolean, names: SnowflakeNames): Finding {
  const { ok, warn, fail } = about('Snowflake reader rights');
  const { readerRole: role, landingSchema } = names;
  const writing = grants.filter(({ privilege }) => !READING.has(privilege));
  if (writing.length > 0) {
    return fail(`${role} may do more than read: ${listed(writing)}. Revoke it: questions are asked with this role.`);
  }
  if (mayDelete) {
    return fail(`${role} may delete from audit_events_mart by a role that it was granted. Revoke that role from it.`);
  }
  const inherited = grants.filter(({ granted_on }) => /ROLE$/.test(granted_on));
  if (inherited.length > 0) {
    return warn(
      `${role} also has the rights of ${inherited.map(({ name }) => name).join(', ')}. Revoke what is not needed to read the marts.`,
    );
  }
  const raw = grants.filter(({ privilege, name }) => privilege === 'SELECT' && isRaw(name, landingSchema));
  if (raw.length > 0) return warn(`${role} may read what no question needs: ${listed(raw)}. Revoke it.`);
  return ok(`${role} may read and nothing else`);
}

const isRaw = (name: string, landingSchema: string): boolean =>
  /\.(AUDIT_EVENTS_RAW|STG_\w+)$/i.test(name) || name.toUpperCase().includes(`.${landingSchema.toUpperCase()}.`);

/** As much as loading needs, of each kind of thing that it touches. */
const NEEDED: readonly (readonly [string, string])[] = [
  ['SELECT', 'LANDED_LINES_FOR_LOAD'],
  ['DELETE', 'STG_LINES'],
  ['INSERT', 'AUDIT_EVENTS_RAW'],
  ['INSERT', 'AUDIT_EVENTS_ERRORS'],
  ['UPDATE', 'AUDIT_EVENTS_MART'],
  ['UPDATE', 'PIPELINE_POSITIONS'],
];

export function judgeWriter(grants: readonly GrantRow[], { writerRole: role }: SnowflakeNames): Finding {
  const { ok, skip, fail } = about('Snowflake writer rights');
  const missing = NEEDED.filter(
    ([right, thing]) =>
      !grants.some(
        ({ privilege, name }) =>
          (privilege === right || privilege === 'OWNERSHIP') && name.toUpperCase().split('.').at(-1) === thing,
      ),
  );
  if (missing.length === 0) return ok(`${role} may load and refresh`);
  const roles = grants.filter(({ granted_on }) => /ROLE$/.test(granted_on)).map(({ name }) => name);
  if (roles.length > 0) return skip(`${role} has its rights by ${roles.join(', ')}, which was not looked at`);
  const list = missing.map(([right, thing]) => `${right} on ${thing}`).join(', ');
  return fail(`${role} lacks ${list}. Run "trailgate migrate" as the owner.`);
}

function listed(grants: readonly GrantRow[]): string {
  const shown = grants.slice(0, SHOWN).map(({ privilege, name }) => `${privilege} on ${name}`);
  return grants.length > SHOWN ? `${shown.join(', ')} and ${grants.length - SHOWN} more` : shown.join(', ');
}

export interface StreamRow {
  readonly stale: string | boolean;
  readonly stale_after: number | null;
}

const DAY_MS = 24 * 60 * 60_000;

/** A stream that nobody reads for long becomes stale: what it would have told is lost to the loader. */
export function judgeLandedStream(stream: StreamRow | undefined, now: number): Finding {
  const { ok, warn, fail } = about('Snowflake stream');
  if (!stream) {
    return fail(
      'landed_lines_for_load is not there, or the writer may not see it. Run "trailgate migrate" as the owner.',
    );
  }
  if (String(stream.stale) === 'true') {
    return fail(
      'landed_lines_for_load is stale: it no longer tells what landed. Make it anew as its owner, and load again what landed meanwhile.',
    );
  }
  const { stale_after: at } = stream;
  if (at === null) return ok('landed_lines_for_load can be read');
  const until = new Date(at).toISOString();
  return at - now < DAY_MS
    ? warn(`landed_lines_for_load is stale from ${until} on if nothing reads it. See that a gateway runs and loads.`)
    : ok(`landed_lines_for_load can be read, until ${until} if nothing reads it`);
}

/** JSON of `system$pipe_status`. */
export function judgePipe(status: string): Finding {
  const { ok, warn, fail } = about('Snowflake pipe');
  const found = JSON.parse(status) as Readonly<Record<string, unknown>>;
  const { executionState: state, pendingFileCount: pending = 0, error } = found;
  if (state !== 'RUNNING') {
    return fail(
      `delivered_lines is ${String(state)}${error ? ` (${String(error)})` : ''}: nothing lands. Resume or repair it as its owner.`,
    );
  }
  if (error) return warn(`delivered_lines runs, and says: ${String(error)}`);
  return ok(`delivered_lines is RUNNING, ${String(pending)} files wait`);
}

export function judgeTimeZone(kept: string | null, timeZone: string): Finding {
  const { ok, warn } = about('time zone');
  if (kept === null || kept === timeZone) return ok(`off-hours are counted in ${timeZone}`);
  return warn(
    `the marts were made with ${kept}, and TRAILGATE_TIME_ZONE is ${timeZone}: the next start makes them anew, which takes a while and compute.`,
  );
}
