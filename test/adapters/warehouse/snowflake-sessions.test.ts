import { createPrivateKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { inspect } from 'node:util';
import { createSnowflakeWarehouse } from '../../../src/adapters/warehouse/snowflake-warehouse.ts';
import type { Warehouse } from '../../../src/ports/warehouse.ts';
import { type OpenedRig, openRig, RIG_PRIVATE_KEY } from '../../rigs/snowflake/opened.ts';

const one = (warehouse: Warehouse) =>
  warehouse.read({ timeoutMs: 10_000 }, (reader) => reader.all({ sql: 'select 1 as n' }));
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('sessions of the Snowflake warehouse', () => {
  let opened: OpenedRig;
  beforeEach(async () => {
    opened = await openRig({ tokens: ['token-1', 'token-2'] });
  });
  afterEach(() => opened.remove());

  test('are opened when they are needed, up to the most there may be, and are used again', async () => {
    const { rig, warehouse } = opened;
    expect(rig.logins).toEqual([]);
    for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 12 }, () => one(warehouse)));
    await warehouse.write('load', (writer) => writer.run({ sql: `insert into mart_settings values ('a', '1')` }));
    await warehouse.write('metrics', (writer) => writer.run({ sql: 'delete from mart_settings' }));
    expect(rig.logins.map(({ role }) => role)).toEqual(['RIG_READER', 'RIG_READER', 'RIG_WRITER']);
    expect(rig.openSessions()).toBe(3);
  });

  test('log in with a key pair, encrypted or not', async () => {
    const privateKey = createPrivateKey(RIG_PRIVATE_KEY).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    }) as string;
    const warehouse = await opened.another({ login: { phase: 'key', privateKey, passphrase: 'open sesame' } });
    expect(await one(warehouse)).toEqual([{ n: 1 }]);
    await warehouse.close();
    expect(opened.rig.logins).toEqual([{ role: 'RIG_READER', authenticator: 'SNOWFLAKE_JWT' }]);
  });

  test('log in with an OAuth token, asked for again for each session', async () => {
    const tokens = ['token-1', 'token-2'];
    const warehouse = await opened.another({
      login: { phase: 'oauth', token: async () => tokens.shift() ?? 'none left' },
      readers: 1,
    });
    await one(warehouse);
    await opened.rig.dropSessions();
    expect(await one(warehouse)).toEqual([{ n: 1 }]);
    expect(tokens).toEqual([]);
    expect(opened.rig.logins.map(({ authenticator }) => authenticator)).toEqual(['OAUTH', 'OAUTH']);
    await warehouse.close();
  });

  test('begin with what every statement relies on, and without secondary roles', async () => {
    await one(opened.warehouse);
    const [first, second, third] = opened.rig.statements.map(({ sql }) => sql);
    expect(first).toBe('use secondary roles none');
    for (const setting of [
      `timezone = 'UTC'`,
      `timestamp_type_mapping = 'TIMESTAMP_NTZ'`,
      `timestamp_input_format = 'AUTO'`,
      `date_input_format = 'AUTO'`,
      'week_start = 1',
      'rows_per_resultset = 0',
      'quoted_identifiers_ignore_case = true',
      'error_on_nondeterministic_merge = true',
      'statement_timeout_in_seconds = 600',
    ]) {
      expect(second).toContain(setting);
    }
    expect(third).toBe('select 1 as n');
  });

  test('are tagged with what each statement is for', async () => {
    const { rig, warehouse } = opened;
    await warehouse.read({ timeoutMs: 2_500, operation: 'Dashboard' }, (reader) =>
      reader.all({ sql: 'select 1 as n' }),
    );
    await one(warehouse);
    await warehouse.write('refresh', (writer) => writer.run({ sql: 'delete from mart_settings' }));
    const tags = rig.statements.map(({ sql, parameters }) => [sql, JSON.parse(String(parameters.QUERY_TAG))]);
    const read = { app: 'trailgate', kind: 'read' };
    const refresh = { app: 'trailgate', kind: 'refresh' };
    expect(tags.filter(([, { kind }]) => kind !== 'session')).toEqual([
      ['select 1 as n', { ...read, operation: 'Dashboard' }],
      ['select 1 as n', read],
      ['begin transaction', refresh],
      ['delete from mart_settings', refresh],
      ['commit', refresh],
    ]);
    expect(rig.statements.find(({ sql }) => sql === 'select 1 as n')?.parameters).toMatchObject({
      STATEMENT_TIMEOUT_IN_SECONDS: 3,
    });
  });

  test('are ended when the warehouse is closed, after what runs in them', async () => {
    const { rig, another } = opened;
    const warehouse = await another({});
    const answer = warehouse.read({ timeoutMs: 10_000 }, async (reader) => {
      await reader.all({ sql: 'select 1 as n' });
      return reader.all({ sql: 'select 2 as n' });
    });
    const written = warehouse.write('load', (writer) => writer.run({ sql: 'delete from mart_settings' }));
    await Promise.all([warehouse.close(), warehouse.close()]);
    expect(await answer).toEqual([{ n: 2 }]);
    expect(await written).toBe(0);
    expect(rig.openSessions()).toBe(0);
    await expect(one(warehouse)).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    const writing = warehouse.write('load', (writer) => writer.run({ sql: 'delete from mart_settings' }));
    await expect(writing).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    expect(rig.openSessions()).toBe(0);
  });

  test('refuse a login that is wrong, and the next may be right', async () => {
    const tokens = ['wrong', 'token-1'];
    const warehouse = await opened.another({
      login: { phase: 'oauth', token: async () => tokens.shift() ?? 'none left' },
    });
    await expect(one(warehouse)).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retryable: true });
    expect(await one(warehouse)).toEqual([{ n: 1 }]);
    await warehouse.close();
  });

  test('show no secret in an error, its cause included', async () => {
    const secret = 'a-token-nobody-may-see';
    const key = RIG_PRIVATE_KEY.split('\n')[1] as string;
    const options = { accessUrl: opened.rig.url, account: 'rig', user: 'TRAILGATE', database: 'D', schema: 'S' };
    const refused = await opened.another({ login: { phase: 'oauth', token: secret } });
    const otherUser = await opened.another({ user: 'SOMEBODY' });
    const failures = await Promise.all([
      failureOf(one(refused)),
      failureOf(refused.write('load', (writer) => writer.run({ sql: 'delete from mart_settings' }))),
      failureOf(one(otherUser)),
      failureOf(opened.warehouse.read({ timeoutMs: 5_000 }, (reader) => reader.all({ sql: 'select no_such_column' }))),
      failureOf(
        createSnowflakeWarehouse({
          ...options,
          login: { phase: 'key', privateKey: RIG_PRIVATE_KEY.replace(key, ''), passphrase: secret },
          computeWarehouse: 'W',
          roles: { reader: 'R', writer: 'W' },
          readers: 1,
        }),
      ),
    ]);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(Error);
      const shown = inspect(failure, { depth: 20, showHidden: true });
      for (const hidden of [secret, key, 'Snowflake Token', 'eyJ']) expect(shown).not.toContain(hidden);
    }
    await Promise.all([refused.close(), otherUser.close()]);
  });

  test('write no log, and report nothing about themselves', async () => {
    await one(opened.warehouse);
    await opened.warehouse.read({ timeoutMs: 5_000 }, (reader) =>
      reader.all({ sql: 'select cast(9007199254740993 as bigint) as n' }),
    );
    const expected = [/^POST \/session\/v1\/login-request$/, /^POST \/queries\/v1\/query-request$/, /^POST \/session$/];
    // The driver tells its maker of an integer that no number can hold; nothing else.
    const others = opened.rig.requests.filter((request) => !expected.some((pattern) => pattern.test(request)));
    expect(others.filter((request) => request !== 'POST /telemetry/send')).toEqual([]);
    expect(existsSync('snowflake.log')).toBe(false);
  });
});
