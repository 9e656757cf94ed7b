import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { type SnowflakeNeeds, snowflakeChecks } from '../../../src/adapters/warehouse/snowflake-checks.ts';
import {
  judgeLandedStream,
  judgeMigrations,
  judgePipe,
  judgePlace,
  judgeReader,
  judgeTimeZone,
  judgeWriter,
} from '../../../src/adapters/warehouse/snowflake-verdicts.ts';
import { closedPort } from '../../rigs/s3rver.ts';
import { type AccountState, accountPrelude, USUAL_GRANTS } from '../../rigs/snowflake/account.ts';
import { SNOWFLAKE_NAMES } from '../../rigs/snowflake/names.ts';
import { RIG_PRIVATE_KEY, RIG_PUBLIC_KEY } from '../../rigs/snowflake/opened.ts';
import { createSnowflakeRig, type RigOptions, type SnowflakeRig } from '../../rigs/snowflake/protocol-server.ts';
import { findingsOf } from '../findings.ts';

const ROLES = { TRAILGATE_READER: 'read', TRAILGATE_WRITER: 'write', TRAILGATE_OWNER: 'write' } as const;

const OTHER_PUBLIC_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).publicKey;

let rig: SnowflakeRig;
afterEach(() => rig?.close());

const start = async (state: AccountState = {}, more: Partial<RigOptions> = {}): Promise<void> => {
  rig = await createSnowflakeRig({
    account: 'rig',
    user: 'TRAILGATE',
    publicKey: RIG_PUBLIC_KEY,
    tokens: ['right'],
    roles: ROLES,
    prelude: accountPrelude(state),
    ...more,
  });
};

const looking = async (more: Partial<SnowflakeNeeds> = {}) =>
  findingsOf(
    await snowflakeChecks({
      account: 'rig',
      accessUrl: rig.url,
      user: 'TRAILGATE',
      login: { phase: 'key', privateKey: RIG_PRIVATE_KEY },
      names: SNOWFLAKE_NAMES,
      sqlDirectory: join(process.cwd(), 'sql'),
      timeZone: 'UTC',
      now: Date.now,
      ...more,
    }),
  );

test('an account that is set up has no fault, and nothing in it was changed', async () => {
  await start({ timeZone: 'UTC' });
  const found = await looking();
  expect(found).toEqual({
    'Snowflake reader': 'ok: TRAILGATE_READER logs in (AWS_EU_CENTRAL_1, version 9.38.0) and sees AUDIT_DW.MARTS',
    'Snowflake writer': 'ok: TRAILGATE_WRITER logs in (AWS_EU_CENTRAL_1, version 9.38.0) and sees AUDIT_DW.MARTS',
    'Snowflake questions': expect.stringMatching(/^ok: TRAILGATE_WH answers, in \d\.\d s$/),
    'Snowflake loading': expect.stringMatching(/^ok: TRAILGATE_WH answers/),
    'Snowflake schema': 'ok: is that of this version',
    'Snowflake writer rights': 'ok: TRAILGATE_WRITER may load and refresh',
    'Snowflake reader rights': 'ok: TRAILGATE_READER may read and nothing else',
    'Snowflake stream': expect.stringMatching(/^ok: landed_lines_for_load can be read, until /),
    'Snowflake pipe': 'ok: delivered_lines is RUNNING, 2 files wait',
    'time zone': 'ok: off-hours are counted in UTC',
    clock: 'ok: agrees with that of Snowflake',
  });
  const writes = rig.statements.filter(({ sql }) => /^(insert|update|delete|merge|create|alter table)/i.test(sql));
  expect(writes.map(({ sql, role, outcome }) => [sql, role, outcome])).toEqual([
    ['delete from audit_events_mart where 1 = 0', 'TRAILGATE_READER', 'failed'],
  ]);
  expect(rig.openSessions()).toBe(0);
});

describe('logins', () => {
  test('with another key are refused, with the remedy; the rest is not looked at', async () => {
    await start({}, { publicKey: OTHER_PUBLIC_KEY });
    const found = await looking();
    expect(found['Snowflake reader']).toMatch(
      /^fail: the key is not that of TRAILGATE\. .*alter user TRAILGATE set rsa_public_key/,
    );
    expect(found['Snowflake schema']).toBe('skip: was not looked at: TRAILGATE_WRITER could not log in');
    expect(found['Snowflake pipe']).toMatch(/^skip: .*TRAILGATE_OWNER could not log in, which only/);
  });

  test('of a role that was not granted are refused, those of the others are not', async () => {
    await start({}, { roles: { TRAILGATE_READER: 'read' } });
    const found = await looking();
    expect(found['Snowflake reader']).toMatch(/^ok/);
    expect(found['Snowflake writer']).toMatch(
      /^fail: TRAILGATE may not take the role TRAILGATE_WRITER.*grant role TRAILGATE_WRITER to user TRAILGATE$/,
    );
  });

  test('with a token that is not accepted', async () => {
    await start();
    const found = await looking({ login: { phase: 'oauth', token: 'wrong' } });
    expect(found['Snowflake writer']).toMatch(
      /^fail: the OAuth token is not accepted\. Renew what is in TRAILGATE_SNOWFLAKE_TOKEN_FILE/,
    );
    expect((await looking({ login: { phase: 'oauth', token: 'right' } }))['Snowflake writer']).toMatch(/^ok/);
  });

  test('where nobody listens', async () => {
    await start();
    const found = await looking({ accessUrl: `http://127.0.0.1:${await closedPort()}` });
    expect(found['Snowflake reader']).toMatch(
      /^fail: (TRAILGATE_READER could not log in: the account does not answer|no answer within)/,
    );
  }, 30_000);

  test('with a key that is none', async () => {
    await start();
    await expect(looking({ login: { phase: 'key', privateKey: 'none' } })).rejects.toThrow('is no RSA key in PEM form');
  });
});

describe('an account with a fault is advised on', () => {
  test.each<[string, AccountState, string, RegExp]>([
    ['no database', { database: null }, 'Snowflake reader', /^fail: TRAILGATE_READER logs in, and sees no database/],
    ['no rights to load', { grants: {} }, 'Snowflake writer rights', /^fail: TRAILGATE_WRITER lacks SELECT on LANDED_/],
    [
      'migrations due',
      { migrated: (name) => !/^snowflake/.test(name) },
      'Snowflake schema',
      /^fail: lacks snowflake\/0001.*Run "trailgate migrate"/,
    ],
    ['a stale stream', { stream: { stale: true, staleAfter: 0 } }, 'Snowflake stream', /^fail: .* is stale/],
    ['a paused pipe', { pipe: { executionState: 'PAUSED' } }, 'Snowflake pipe', /^fail: delivered_lines is PAUSED/],
    [
      'a reader that may write',
      { grants: { ...USUAL_GRANTS, TRAILGATE_READER: USUAL_GRANTS.TRAILGATE_WRITER ?? [] } },
      'Snowflake reader rights',
      /^fail: TRAILGATE_READER may do more than read: DELETE on AUDIT_DW\.MARTS\.STG_LINES/,
    ],
  ])('%s', async (_what, state, subject, words) => {
    await start(state);
    expect((await looking())[subject]).toMatch(words);
  });

  test('a reader that may delete, by whatever role', async () => {
    await start({}, { roles: { ...ROLES, TRAILGATE_READER: 'write' } });
    expect((await looking())['Snowflake reader rights']).toMatch(
      /^fail: TRAILGATE_READER may delete from audit_events_mart/,
    );
  });

  test('tables that are not there yet', async () => {
    await start();
    rig.faults.plan({
      fault: { kind: 'code', code: '002003', message: "Object 'SCHEMA_MIGRATIONS' does not exist or not authorized." },
      on: /schema_migrations/,
      times: 1,
    });
    expect((await looking())['Snowflake schema']).toBe(
      'fail: schema_migrations is not there, or this role may not see it. Run "trailgate migrate" as its owner.',
    );
  });

  test.each([
    [
      '000606',
      'No active warehouse selected in the current session.',
      /^fail: the warehouse TRAILGATE_WH has no compute to run on \(No active/,
    ],
    ['000630', 'Statement reached its timeout.', /^fail: the warehouse TRAILGATE_WH took too long/],
    ['000603', 'Internal error.', /^fail: the warehouse TRAILGATE_WH could not be looked at \(000603: /],
  ])('compute that answers with %s', async (code, message, words) => {
    await start();
    rig.faults.plan({ fault: { kind: 'code', code, message }, on: /generator/, times: 2 });
    const found = await looking();
    expect(found['Snowflake questions']).toMatch(words);
    expect(found['Snowflake loading']).toMatch(words);
  });

  test('a clock that is off', async () => {
    await start();
    expect((await looking({ now: () => Date.now() - 60_000 })).clock).toMatch(
      /^warn: is (59|60)\.\d s behind that of Snowflake/,
    );
  });
});

describe('what was found', () => {
  const place = { database_name: 'D', schema_name: 'S', warehouse_name: 'W', region: 'R', version: '9' };
  const wanted = { role: 'TRAILGATE_WRITER', warehouse: 'LOAD_WH', names: SNOWFLAKE_NAMES };
  const later = (ms: number) => ({ stale: 'false', stale_after: ms });
  const DAY = 86_400_000;

  test.each([
    [judgePlace('x', place, wanted), 'ok', 'sees D.S'],
    [
      judgePlace('x', { ...place, database_name: null }, wanted),
      'fail',
      'grant usage on database AUDIT_DW to role TRAILGATE_WRITER',
    ],
    [
      judgePlace('x', { ...place, schema_name: null }, wanted),
      'fail',
      'grant usage on schema AUDIT_DW.MARTS to role TRAILGATE_WRITER',
    ],
    [
      judgePlace('x', { ...place, warehouse_name: null }, wanted),
      'fail',
      'grant usage on warehouse LOAD_WH to role TRAILGATE_WRITER',
    ],
    [judgeLandedStream(undefined, 0), 'fail', 'is not there, or the writer may not see it'],
    [judgeLandedStream({ stale: true, stale_after: null }, 0), 'fail', 'is stale'],
    [judgeLandedStream(later(DAY - 1), 0), 'warn', 'See that a gateway runs'],
    [judgeLandedStream(later(DAY), 0), 'ok', 'until 1970-01-02'],
    [judgeLandedStream({ stale: 'false', stale_after: null }, 0), 'ok', 'can be read'],
    [judgePipe('{"executionState":"STALLED_EXECUTION_ERROR","error":"no stage"}'), 'fail', '(no stage): nothing lands'],
    [judgePipe('{"executionState":"RUNNING","error":"one file"}'), 'warn', 'one file'],
    [judgePipe('{"executionState":"RUNNING","pendingFileCount":7}'), 'ok', '7 files wait'],
    [judgeTimeZone('Europe/Berlin', 'UTC'), 'warn', 'were made with Europe/Berlin'],
    [judgeTimeZone(null, 'UTC'), 'ok', 'UTC'],
  ])('%j is %s', (finding, status, words) => {
    expect(finding).toMatchObject({ status, message: expect.stringContaining(words) });
  });

  test('of migrations: a newer version, and a file that was changed after it ran', () => {
    const files = [{ name: '0001-a.sql', text: 'a' }];
    const newer = judgeMigrations([{ name: '0002-b.sql', sha256: 'x' }], files);
    expect(newer).toMatchObject({ status: 'fail', message: expect.stringContaining('newer version') });
    const changed = judgeMigrations([{ name: '0001-a.sql', sha256: 'x' }], files);
    expect(changed).toMatchObject({ status: 'fail', message: expect.stringContaining('was changed after it had run') });
  });
});

describe('grants', () => {
  const grant = (privilege: string, granted_on: string, name: string) => ({ privilege, granted_on, name });

  test('of a role to the reader, and of raw rows, are warned of', () => {
    const inherited = judgeReader([grant('USAGE', 'ROLE', 'ANALYST')], false, SNOWFLAKE_NAMES);
    expect(inherited).toMatchObject({ status: 'warn', message: expect.stringContaining('the rights of ANALYST') });
    for (const name of [
      'AUDIT_DW.MARTS.AUDIT_EVENTS_RAW',
      'AUDIT_DW.MARTS.STG_LINES',
      'AUDIT_DW.LANDING.LANDED_LINES',
    ]) {
      const raw = judgeReader([grant('SELECT', 'TABLE', name)], false, SNOWFLAKE_NAMES);
      expect(raw).toMatchObject({ status: 'warn', message: expect.stringContaining(`SELECT on ${name}`) });
    }
  });

  test('that are many are counted', () => {
    const grants = ['A', 'B', 'C', 'D', 'E'].map((name) => grant('INSERT', 'TABLE', name));
    expect(judgeReader(grants, false, SNOWFLAKE_NAMES).message).toContain(
      'INSERT on A, INSERT on B, INSERT on C and 2 more',
    );
  });

  test('of an owner, or by a role, are enough for the writer or not known', () => {
    const owned = (USUAL_GRANTS.TRAILGATE_WRITER ?? []).map(({ on, name }) => grant('OWNERSHIP', on, name));
    expect(judgeWriter(owned, SNOWFLAKE_NAMES).status).toBe('ok');
    expect(judgeWriter([grant('USAGE', 'ROLE', 'LOADER')], SNOWFLAKE_NAMES)).toMatchObject({
      status: 'skip',
      message: expect.stringContaining('LOADER'),
    });
  });
});
