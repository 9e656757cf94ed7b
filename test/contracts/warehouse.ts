import { AppError } from '../../src/domain/errors.ts';
import type { Query, SqlRow, SqlValue, Warehouse } from '../../src/ports/warehouse.ts';

export interface OpenedWarehouse {
  readonly warehouse: Warehouse;
  /** Closes it and removes what it left. */
  remove(): Promise<void>;
}

/** What every engine promises. `open` gives a new warehouse with the tables of Trailgate and at least two readers. */
export function describeWarehouse(engine: string, open: () => Promise<OpenedWarehouse>): void {
  describe(`${engine} as a Warehouse`, () => {
    let opened: OpenedWarehouse;
    let warehouse: Warehouse;
    beforeAll(async () => {
      opened = await open();
      warehouse = opened.warehouse;
    });
    afterAll(() => opened.remove());

    const query = (sql: string, ...parameters: SqlValue[]): Query => ({ sql, parameters });
    const read = (sql: string, ...parameters: SqlValue[]): Promise<SqlRow[]> =>
      warehouse.read({ timeoutMs: 20_000 }, (reader) => reader.all(query(sql, ...parameters)));
    const write = (sql: string, ...parameters: SqlValue[]): Promise<number> =>
      warehouse.write('metrics', (writer) => writer.run(query(sql, ...parameters)));
    const settings = async (): Promise<unknown[]> =>
      (await read('select name from mart_settings order by name')).map(({ name }) => name);
    beforeEach(() => write('delete from mart_settings'));

    /** Long enough that no machine finishes it before it is stopped. */
    const ENDLESS = 'select count(*) as n from range(10000000000) as a(x), range(1000) as b(y) where a.x * b.y % 7 = 3';

    test('gives counts and sums as numbers', async () => {
      const [row] = await read(
        'select count(*) as n, sum(x) as total, avg(x) as mean from (values (1), (2), (4)) as t(x)',
      );
      expect(row).toEqual({ n: 3, total: 7, mean: 7 / 3 });
      expect(await read('select cast(9007199254740991 as bigint) as n, cast(1.25 as decimal(10, 2)) as d')).toEqual([
        { n: Number.MAX_SAFE_INTEGER, d: 1.25 },
      ]);
    });

    test('gives times in milliseconds, days as text, JSON as its text', async () => {
      expect(
        await read(`select timestamp '2024-03-20 14:30:00.123' as t, date '2024-03-20' as d, true as b,
          cast('{"b":1.0,"a":[1e3]}' as json) as j`),
      ).toEqual([{ t: Date.UTC(2024, 2, 20, 14, 30, 0, 123), d: '2024-03-20', b: true, j: '{"b":1.0,"a":[1e3]}' }]);
    });

    test('names columns in lower case', async () => {
      expect(await read('select 1 as Event_Count')).toEqual([{ event_count: 1 }]);
    });

    test('binds every kind of value, null, and the same value twice', async () => {
      const at = new Date('1969-12-31T23:59:59.999Z');
      expect(
        await read(
          'select ? as a, ? as b, ? as c, ? as d, ? as e, cast(? as varchar) as f, ? as g, ? as h',
          'é',
          'é',
          3,
          -0.5,
          2 ** 40,
          null,
          true,
          at,
        ),
      ).toEqual([{ a: 'é', b: 'é', c: 3, d: -0.5, e: 2 ** 40, f: null, g: true, h: -1 }]);
      expect(await read('select count(*) as n from mart_settings where name = ? or ? is null', null, null)).toEqual([
        { n: 0 },
      ]);
    });

    test('returns rows of many chunks in their order', async () => {
      const rows = await read('select range as n from range(10000) order by n');
      expect(rows).toHaveLength(10_000);
      expect(rows.every(({ n }, index) => n === index)).toBe(true);
    });

    test('returns the number of rows changed', async () => {
      expect(await write(`insert into mart_settings values ('a', '1'), ('b', '1')`)).toBe(2);
      expect(await write(`update mart_settings set setting = '2' where name = 'a'`)).toBe(1);
      expect(await write('delete from mart_settings')).toBe(2);
    });

    test('stages newline-terminated JSON lines, nested values as JSON text', async () => {
      const lines = [Buffer.from('{"a":1,"m":{"x":[1.0]}}\n{"a":2}\n'), Buffer.from('{"a":3,"m":"t"}\n')];
      const rows = await warehouse.write('load', async (writer) => {
        await writer.stageJsonLines('stg_contract', lines, { a: 'bigint', m: 'json' });
        return writer.all(query('select a, m from stg_contract order by a'));
      });
      expect(rows).toEqual([
        { a: 1, m: '{"x":[1.0]}' },
        { a: 2, m: null },
        { a: 3, m: '"t"' },
      ]);
    });

    test('refuses lines that its columns cannot hold', async () => {
      const stage = (line: string) =>
        warehouse.write('load', (writer) =>
          writer.stageJsonLines('stg_contract', [Buffer.from(line)], { a: 'bigint' }),
        );
      await expect(stage('{"a":"x"}\n')).rejects.toThrow();
      await expect(stage('{"a":1\n')).rejects.toThrow();
      await stage('{"a":1}\n');
    });

    test('stays usable after a failed statement, read or written', async () => {
      for (let attempt = 0; attempt < 4; attempt += 1) {
        await expect(read('select no_such_column from mart_settings')).rejects.toMatchObject({
          code: 'WAREHOUSE_UNAVAILABLE',
          retryable: true,
        });
        await expect(write('insert into mart_settings values (1)')).rejects.toThrow();
      }
      await write(`insert into mart_settings values ('after', '1')`);
      expect(await settings()).toEqual(['after']);
    });

    test('shows nothing of an error of the engine to the caller', async () => {
      const error = await read('select secret_column from mart_settings').then(
        () => null,
        (found: unknown) => found,
      );
      expect(error).toBeInstanceOf(AppError);
      expect(error).toHaveProperty('message', expect.not.stringContaining('secret_column'));
    });

    test('passes on an error of the reader as it is', async () => {
      const own = new AppError('NOT_FOUND', 'no such user');
      await expect(warehouse.read({ timeoutMs: 1_000 }, () => Promise.reject(own))).rejects.toBe(own);
    });

    test('refuses to write in a read', async () => {
      await expect(read(`insert into mart_settings values ('a', '1')`)).rejects.toThrow();
      expect(await settings()).toEqual([]);
    });

    test('rolls everything back when the work throws', async () => {
      await expect(
        warehouse.write('load', async (writer) => {
          await writer.run(query(`insert into mart_settings values ('a', '1')`));
          throw new Error('changed my mind');
        }),
      ).rejects.toThrow('changed my mind');
      expect(await settings()).toEqual([]);
    });

    test('sees one moment throughout a read, whatever is committed beside it', async () => {
      const counts = await warehouse.read({ timeoutMs: 20_000 }, async (reader) => {
        const count = () => reader.all(query('select count(*) as n from mart_settings'));
        const before = await count();
        await write(`insert into mart_settings values ('a', '1')`);
        return [...before, ...(await count())];
      });
      expect(counts).toEqual([{ n: 0 }, { n: 0 }]);
      expect(await settings()).toEqual(['a']);
    });

    test('shows a write to readers only once it is committed', async () => {
      const seen = await warehouse.write('load', async (writer) => {
        await writer.run(query(`insert into mart_settings values ('a', '1')`));
        return [await settings(), await writer.all(query('select name from mart_settings'))];
      });
      expect(seen).toEqual([[], [{ name: 'a' }]]);
    });

    test('cancels a query that takes too long, in the engine, and stays usable', async () => {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await expect(warehouse.read({ timeoutMs: 50 }, (reader) => reader.all(query(ENDLESS)))).rejects.toMatchObject({
          code: 'TOO_COSTLY',
          message: expect.stringContaining('longer than 50 ms'),
        });
      }
      expect(await read('select 1 as n')).toEqual([{ n: 1 }]);
    });

    test('cancels a read whose caller leaves between two statements', async () => {
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const caller = new AbortController();
        const answer = warehouse.read({ timeoutMs: 20_000, signal: caller.signal }, async (reader) => {
          await reader.all(query('select 1'));
          caller.abort();
          return reader.all(query('select 2 as n'));
        });
        await expect(answer).rejects.toMatchObject({ code: 'TOO_COSTLY' });
        // On every connection: a transaction that was left open would show here.
        expect(await Promise.all([read('select 1 as n'), read('select 1 as n')])).toEqual([[{ n: 1 }], [{ n: 1 }]]);
      }
    });

    test('cancels a query whose caller leaves', async () => {
      const caller = new AbortController();
      const answer = warehouse.read({ timeoutMs: 20_000, signal: caller.signal }, (reader) => {
        setTimeout(() => caller.abort(), 20);
        return reader.all(query(ENDLESS));
      });
      await expect(answer).rejects.toMatchObject({ code: 'TOO_COSTLY', message: expect.stringContaining('left') });
      await expect(
        warehouse.read({ timeoutMs: 20_000, signal: caller.signal }, (reader) => reader.all(query('select 1'))),
      ).rejects.toMatchObject({ code: 'TOO_COSTLY' });
      expect(await read('select 1 as n')).toEqual([{ n: 1 }]);
    });

    test('lets more readers wait than it has connections, and gives up on one that waits too long', async () => {
      const many = await Promise.all(Array.from({ length: 20 }, (_, index) => read('select ? as n', index)));
      expect(many.map(([row]) => row?.n)).toEqual(Array.from({ length: 20 }, (_, index) => index));
      const blockers = Array.from({ length: 20 }, () =>
        warehouse.read({ timeoutMs: 300 }, (reader) => reader.all(query(ENDLESS))).catch((error: unknown) => error),
      );
      await expect(warehouse.read({ timeoutMs: 10 }, (reader) => reader.all(query('select 1')))).rejects.toMatchObject({
        code: 'WAREHOUSE_UNAVAILABLE',
        retryable: true,
      });
      await Promise.all(blockers);
      expect(await read('select 1 as n')).toEqual([{ n: 1 }]);
    });

    test('writes one at a time, the most urgent first', async () => {
      const order: string[] = [];
      let open: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const note = (urgency: Parameters<Warehouse['write']>[0]) =>
        warehouse.write(urgency, async (writer) => {
          order.push(urgency);
          await writer.run(query('insert into mart_settings values (?, ?)', urgency, '1'));
        });
      const first = warehouse.write('retention', () => gate);
      const others = (['migrations', 'refresh', 'metrics', 'load', 'violations'] as const).map(note);
      open();
      await Promise.all([first, ...others]);
      expect(order).toEqual(['violations', 'load', 'refresh', 'metrics', 'migrations']);
      expect(await settings()).toEqual([...order].sort());
    });
  });
}
