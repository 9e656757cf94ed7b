import type { AppError } from '../../../src/domain/errors.ts';
import type { SqlRow } from '../../../src/ports/warehouse.ts';
import type { Fault } from '../../rigs/snowflake/faults.ts';
import { type OpenedRig, openRig, snowflakeDialect } from '../../rigs/snowflake/opened.ts';

/** Once for each test, so that a fault of one is not met by another's late request. */
let opened: OpenedRig;
afterEach(() => opened.remove());

const insert = (name: string) => ({ sql: 'insert into mart_settings values (?, ?)', parameters: [name, '1'] });
const read = (sql: string, timeoutMs = 10_000): Promise<SqlRow[]> =>
  opened.warehouse.read({ timeoutMs }, (reader) => reader.all({ sql }));
const write = (name: string): Promise<number> => opened.warehouse.write('load', (writer) => writer.run(insert(name)));
const names = async (): Promise<unknown[]> =>
  (await read('select name from mart_settings order by name')).map(({ name }) => name);
const runsOf = (sql: string) => opened.rig.statements.filter((statement) => statement.sql === sql);

describe('a Snowflake session that ends', () => {
  beforeEach(async () => {
    opened = await openRig();
  });

  test('by its token goes on with a new one, in the same transaction', async () => {
    await opened.warehouse.write('load', async (writer) => {
      await writer.run(insert('a'));
      opened.rig.expireTokens();
      await writer.run(insert('b'));
      expect(await writer.all({ sql: 'select count(*) as n from mart_settings' })).toEqual([{ n: 2 }]);
      opened.rig.expireTokens();
    });
    expect(await names()).toEqual(['a', 'b']);
    expect(opened.rig.requests.filter((request) => request.endsWith('/session/token-request'))).toHaveLength(2);
    expect(new Set(runsOf(insert('').sql).map(({ sessionId }) => sessionId)).size).toBe(1);
  });

  test('between two reads, or two statements of one, is replaced without a word', async () => {
    const found = await opened.warehouse.read({ timeoutMs: 10_000 }, async (reader) => {
      const first = await reader.all({ sql: 'select 1 as n' });
      await opened.rig.dropSessions();
      return [...first, ...(await reader.all({ sql: 'select 2 as n' }))];
    });
    expect(found).toEqual([{ n: 1 }, { n: 2 }]);
    await opened.rig.dropSessions();
    expect(await Promise.all([read('select 3 as n'), read('select 4 as n')])).toEqual([[{ n: 3 }], [{ n: 4 }]]);
    expect(opened.rig.openSessions()).toBe(2);
  });

  test('over night with all the others costs one try, and not as many as lay idle', async () => {
    const warehouse = await opened.another({ readers: 6 });
    const one = () => warehouse.read({ timeoutMs: 10_000 }, (reader) => reader.all({ sql: 'select 1 as n' }));
    await Promise.all(Array.from({ length: 6 }, one));
    await opened.rig.dropSessions();
    expect(await one()).toEqual([{ n: 1 }]);
    expect(opened.rig.openSessions()).toBe(1);
    await warehouse.close();
    expect(opened.rig.openSessions()).toBe(0);
  });

  test.each(['390104', '390111', '390114'])('with %s before a write begins is replaced', async (code) => {
    await write('a');
    opened.rig.faults.plan({ fault: { kind: 'code', code, message: 'gone' }, on: /begin transaction/, times: 1 });
    await write('b');
    expect(await names()).toEqual(['a', 'b']);
  });

  test('because its token cannot be renewed any more is replaced', async () => {
    await write('a');
    await read('select 1 as n');
    const fault: Fault = { kind: 'code', code: '390114', message: 'Authentication token has expired.' };
    opened.rig.faults.plan({ fault, on: /token-request/, times: 2 });
    opened.rig.expireTokens();
    await write('b');
    expect(await names()).toEqual(['a', 'b']);
    expect(opened.rig.logins).toHaveLength(4);
  });

  test('within a write loses all of it, and the next write is whole', async () => {
    const failing = opened.warehouse.write('load', async (writer) => {
      await writer.run(insert('a'));
      await opened.rig.dropSessions();
      await writer.run(insert('b'));
    });
    await expect(failing).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retryable: true });
    await write('c');
    expect(await names()).toEqual(['c']);
  });

  test('as often as it is opened is given up', async () => {
    opened.rig.faults.plan({
      fault: { kind: 'code', code: '390111', message: 'gone' },
      on: /select 1 as n/,
      times: 100,
    });
    await expect(read('select 1 as n')).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retryable: true });
    expect(opened.rig.logins).toHaveLength(3);
  });
});

describe('a request to Snowflake', () => {
  beforeEach(async () => {
    opened = await openRig();
  });

  test('that meets a fault is repeated, and its statement run once', async () => {
    const faults: readonly Fault[] = [
      { kind: 'status', status: 503 },
      { kind: 'status', status: 429 },
      { kind: 'reset' },
      { kind: 'lost answer' },
    ];
    const outcomes = await Promise.all(
      faults.flatMap((fault) =>
        [/ insert into mart_settings/, / commit$/].map(async (on) => {
          const { rig, warehouse, remove } = await openRig();
          rig.faults.plan({ fault, on, times: 1 });
          const changed = await warehouse.write('load', (writer) => writer.run(insert('a')));
          const rows = await warehouse.read({ timeoutMs: 10_000 }, (reader) =>
            reader.all({ sql: 'select name from mart_settings' }),
          );
          await remove();
          return [changed, rows, rig.statements.filter(({ sql }) => on.test(` ${sql}`)).length];
        }),
      ),
    );
    expect(outcomes).toEqual(outcomes.map(() => [1, [{ name: 'a' }], 1]));
  });

  test('that is never answered makes the engine unavailable, and not the query too costly', async () => {
    await read('select 1 as n');
    // The driver asks again after one to three seconds, and each time we cancel.
    for (const on of [/ select 2 as n$/, /abort-request/]) {
      opened.rig.faults.plan({ fault: { kind: 'status', status: 503 }, on, times: 10 });
    }
    await expect(read('select 2 as n', 200)).rejects.toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('did not answer within 200 ms'),
    });
    await opened.rig.recover();
    expect(await read('select 3 as n')).toEqual([{ n: 3 }]);
  });

  test('to log in that is not answered in time does too, and a session that comes later is ended', async () => {
    const warehouse = await opened.another({ connectTimeoutMs: 100 });
    const fault: Fault = { kind: 'status', status: 503 };
    opened.rig.faults.plan({ fault, on: /login-request/, times: 1 });
    const answer = warehouse.read({ timeoutMs: 50 }, (reader) => reader.all({ sql: 'select 1 as n' }));
    await expect(answer).rejects.toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      message: expect.stringContaining('did not answer within 50 ms'),
    });
    const patient = warehouse.read({ timeoutMs: 10_000 }, (reader) => reader.all({ sql: 'select 2 as n' }));
    await expect(patient).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    await opened.rig.until(() => opened.rig.requests.includes('POST /session') && opened.rig.openSessions() === 0);
    await warehouse.close();
  });
});

describe('a statement that takes too long on Snowflake', () => {
  test.each([
    ['before it is answered', 60_000],
    ['after it was answered as in progress', 20],
  ])('is cancelled in the engine %s', async (_when, inProgressAfterMs) => {
    opened = await openRig({ inProgressAfterMs });
    const caller = new AbortController();
    await expect(read(snowflakeDialect.endless, 150)).rejects.toMatchObject({ code: 'TOO_COSTLY' });
    const left = opened.warehouse.read({ timeoutMs: 20_000, signal: caller.signal }, (reader) =>
      reader.all({ sql: snowflakeDialect.endless }),
    );
    const isRunning = opened.rig.until(() => opened.rig.running() === 1);
    await isRunning;
    caller.abort();
    await expect(left).rejects.toMatchObject({ code: 'TOO_COSTLY', message: expect.stringContaining('left') });
    await opened.rig.until(() => opened.rig.running() === 0);
    expect(runsOf(snowflakeDialect.endless).map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled']);
    expect(await read('select 1 as n')).toEqual([{ n: 1 }]);
    expect(opened.rig.logins.length).toBeLessThanOrEqual(2);
  });

  test('is cancelled in a write, which is rolled back', async () => {
    opened = await openRig({}, { writeTimeoutMs: 300 });
    const failing = opened.warehouse.write('load', async (writer) => {
      await writer.run(insert('a'));
      await writer.all({ sql: snowflakeDialect.endless });
    });
    await expect(failing).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    await opened.rig.until(() => opened.rig.running() === 0);
    await write('b');
    expect(await names()).toEqual(['b']);
  });
});

describe('a commit to Snowflake whose answer is lost', () => {
  beforeEach(async () => {
    opened = await openRig({}, { writeTimeoutMs: 400 });
    await write('before');
  });

  const failureOf = (work: Promise<unknown>): Promise<AppError> =>
    work.then(
      () => Promise.reject(new Error('it was made')),
      (error: AppError) => error,
    );
  test('is reported as a failure although it stands, and the next write sees it', async () => {
    opened.rig.faults.plan({ fault: { kind: 'silence' }, on: / commit$/, times: 1 });
    const failure = await failureOf(write('lost'));
    expect(failure).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retryable: false });
    expect(failure.message).toContain('Look at what is there');
    const seen = await opened.warehouse.write('load', (writer) =>
      writer.all({ sql: 'select name from mart_settings order by name' }),
    );
    expect(seen).toEqual([{ name: 'before' }, { name: 'lost' }]);
    await opened.rig.recover();
    expect(await names()).toEqual(['before', 'lost']);
  });

  test('is undone for good when it never arrived, even if it arrives later', async () => {
    opened.rig.faults.plan({ fault: { kind: 'status', status: 503 }, on: / commit$/, times: 1 });
    expect(await failureOf(write('lost'))).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    expect(await names()).toEqual(['before']);
    await write('next');
    await opened.rig.recover();
    expect(await names()).toEqual(['before', 'next']);
  });

  test('holds up every later write until its session is known to have ended', async () => {
    opened.rig.faults.plan({ fault: { kind: 'silence' }, on: / commit$/, times: 1 });
    opened.rig.faults.plan({ fault: { kind: 'status', status: 503 }, on: /^\/session /, times: 2 });
    await failureOf(write('lost'));
    const refused = await failureOf(write('too early'));
    expect(refused).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retryable: true });
    expect(refused.message).toContain('It is not known yet');
    await write('next');
    expect(await names()).toEqual(['before', 'lost', 'next']);
  });
});

describe('work that misuses a write on Snowflake', () => {
  beforeEach(async () => {
    opened = await openRig();
  });

  test('commits nothing when it goes on after a statement that failed', async () => {
    const failing = opened.warehouse.write('load', async (writer) => {
      await writer.run(insert('a'));
      await writer.run({ sql: 'insert into no_such_table values (1)' }).catch(() => undefined);
      await writer.run(insert('b'));
    });
    await expect(failing).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    expect(await names()).toEqual([]);
  });

  test('commits nothing with statements that it did not wait for', async () => {
    const failing = opened.warehouse.write('load', async (writer) => {
      void writer.run(insert('a')).catch(() => undefined);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await write('b');
    expect(await names()).toEqual(['b']);
  });

  test('gets statements that it asks for at once one after the other, in one transaction', async () => {
    await opened.warehouse.write('load', (writer) =>
      Promise.all(['a', 'b', 'c'].map((name) => writer.run(insert(name)))),
    );
    expect(opened.rig.statements.slice(2).map(({ sql }) => sql.slice(0, 6))).toEqual([
      'begin ',
      'insert',
      'insert',
      'insert',
      'commit',
    ]);
    expect(await names()).toEqual(['a', 'b', 'c']);
  });

  test('leaves no transaction open when nothing was asked of it', async () => {
    await opened.warehouse.write('retention', async () => undefined);
    expect(opened.rig.statements).toEqual([]);
  });
});

describe('a large result from Snowflake', () => {
  test('comes in parts, which are fetched only as they are looked at', async () => {
    opened = await openRig({ rowsPerChunk: 2_000 });
    const chunks = () => opened.rig.requests.filter((request) => request.includes('/chunks/')).length;
    const sql = `select n from (${snowflakeDialect.numbers(40_000)}) as t order by n`;
    const fetched: number[] = [];
    const total = await opened.warehouse.read({ timeoutMs: 20_000 }, async (reader) => {
      let sum = 0;
      for await (const rows of reader.stream<{ n: number }>({ sql })) {
        for (const { n } of rows) sum += n;
        fetched.push(chunks());
      }
      return sum;
    });
    expect(total).toBe((40_000 * 39_999) / 2);
    expect(chunks()).toBe(19);
    // The part that is read, the next, and what the driver holds ready of it.
    expect(fetched.filter((count, batch) => count > batch / 2 + 3)).toEqual([]);
    expect(await read(sql)).toHaveLength(40_000);
  });

  test('is fetched again where a part was lost', async () => {
    opened = await openRig({ rowsPerChunk: 2_000 });
    opened.rig.faults.plan({ fault: { kind: 'reset' }, on: /\/chunks\//, times: 1 });
    opened.rig.faults.plan({ fault: { kind: 'status', status: 503 }, on: /\/chunks\//, times: 1 });
    const rows = await read(`select n from (${snowflakeDialect.numbers(6_000)}) as t order by n`);
    expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 6_000 }, (_, index) => index));
  });
});
