import { AppError } from '../../src/domain/errors.ts';
import { writeCanonicalJson } from '../../src/ingest/canonical-json.ts';
import type { Query, SqlRow, SqlValue, Warehouse } from '../../src/ports/warehouse.ts';

export interface OpenedWarehouse {
  readonly warehouse: Warehouse;
  readonly dialect: ContractDialect;
  /** Closes it and removes what it left. */
  remove(): Promise<void>;
}

/** What the suite needs and engines spell differently. */
export interface ContractDialect {
  /** The text that an expression gives, as the engine's JSON type. */
  json(expression: string): string;
  /** A select of the column `n`: 0, 1, 2, … `count` - 1, in any order. */
  numbers(count: number): string;
  /** A select so long that no machine finishes it before it is stopped. */
  readonly endless: string;
  /** What sees one moment: all statements of a read together, or each by itself. */
  readonly oneMoment: 'read' | 'statement';
}

/**
 * What every engine promises. `open` gives a new warehouse with the table mart_settings, a staging table stg_contract
 * (a bigint, m JSON) where the engine needs it made before, and at least two readers.
 */
export function describeWarehouse(engine: string, open: () => Promise<OpenedWarehouse>): void {
  describe(`${engine} as a Warehouse`, () => {
    let opened: OpenedWarehouse;
    let warehouse: Warehouse;
    let dialect: ContractDialect;
    beforeAll(async () => {
      opened = await open();
      ({ warehouse, dialect } = opened);
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

    const endless = (): Query => query(dialect.endless);

    test('gives counts and sums as numbers', async () => {
      const [row] = await read(
        'select count(*) as n, sum(x) as total, avg(cast(x as double)) as mean from (values (1), (2), (4)) as t(x)',
      );
      expect(row).toEqual({ n: 3, total: 7, mean: 7 / 3 });
      expect(await read('select cast(9007199254740991 as bigint) as n, cast(1.25 as decimal(10, 2)) as d')).toEqual([
        { n: Number.MAX_SAFE_INTEGER, d: 1.25 },
      ]);
    });

    test('gives times in milliseconds, days as text, JSON as its text', async () => {
      expect(await read(`select timestamp '2024-03-20 14:30:00.123' as t, date '2024-03-20' as d, true as b`)).toEqual([
        { t: Date.UTC(2024, 2, 20, 14, 30, 0, 123), d: '2024-03-20', b: true },
      ]);
      expect(await read(`select ${dialect.json('?')} as j, ${dialect.json('?')} as k`, 'null', null)).toEqual([
        { j: 'null', k: null },
      ]);
    });

    test('gives JSON as the text that our envelopes have, whatever the engine makes of it', async () => {
      const text = writeCanonicalJson({
        a: [1000, -0.5, 1e-7, 9007199254740991, true, null, [], {}],
        b: { '10': 'x', '9': 'é😀', 'a"b': "it's", A: 'a\\u001fb\u001f\n' },
        text: 'two lines? ::json',
      });
      expect(await read(`select ${dialect.json('?')} as j`, text)).toEqual([{ j: text }]);
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
      const rows = await read(`select n from (${dialect.numbers(10_000)}) as t order by n`);
      expect(rows).toHaveLength(10_000);
      expect(rows.every(({ n }, index) => n === index)).toBe(true);
    });

    test('returns the number of rows changed', async () => {
      expect(await write(`insert into mart_settings values ('a', '1'), ('b', '1')`)).toBe(2);
      expect(await write(`update mart_settings set setting = '2' where name = 'a'`)).toBe(1);
      expect(await write('delete from mart_settings')).toBe(2);
    });

    test('stages newline-terminated JSON lines, nested values as JSON text', async () => {
      const lines = [
        Buffer.from('{"a":1,"m":{"x":[1.5]}}\n{"a":2,"other":true}\n'),
        Buffer.from('{"a":3,"m":"t"}\n{"m":null,"a":null}\n'),
      ];
      const rows = await warehouse.write('load', async (writer) => {
        await writer.stageJsonLines('stg_contract', lines, { a: 'bigint', m: 'json' });
        return writer.all(query('select a, m from stg_contract order by a nulls last'));
      });
      expect(rows).toEqual([
        { a: 1, m: '{"x":[1.5]}' },
        { a: 2, m: null },
        { a: 3, m: '"t"' },
        { a: null, m: null },
      ]);
    });

    test('stages nothing of what was staged before, and no lines at all', async () => {
      const counts = await warehouse.write('load', async (writer) => {
        const found: unknown[] = [];
        for (const lines of [['{"a":1}\n{"a":2}\n'], ['{"a":3}\n'], []]) {
          const buffers = lines.map((line) => Buffer.from(line));
          await writer.stageJsonLines('stg_contract', buffers, { a: 'bigint', m: 'json' });
          found.push(...(await writer.all(query('select count(*) as n, min(a) as a from stg_contract'))));
        }
        return found;
      });
      expect(counts).toEqual([
        { n: 2, a: 1 },
        { n: 1, a: 3 },
        { n: 0, a: null },
      ]);
    });

    test('refuses lines that its columns cannot hold', async () => {
      const stage = (line: string) =>
        warehouse.write('load', (writer) =>
          writer.stageJsonLines('stg_contract', [Buffer.from(line)], { a: 'bigint' }),
        );
      await expect(stage('{"a":"x"}\n')).rejects.toThrow();
      await expect(stage('{"a":1\n')).rejects.toThrow();
      await expect(stage('{"a":1,"b":[1\n2]}\n')).rejects.toThrow();
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

    test('sees one moment in a statement, and in a whole read where the engine can', async () => {
      const counts = await warehouse.read({ timeoutMs: 20_000 }, async (reader) => {
        const count = () =>
          reader.all(
            query('select (select count(*) from mart_settings) as n, (select count(*) from mart_settings) as again'),
          );
        const before = await count();
        await write(`insert into mart_settings values ('a', '1')`);
        return [...before, ...(await count())];
      });
      const later = dialect.oneMoment === 'read' ? 0 : 1;
      expect(counts).toEqual([
        { n: 0, again: 0 },
        { n: later, again: later },
      ]);
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
        await expect(warehouse.read({ timeoutMs: 50 }, (reader) => reader.all(endless()))).rejects.toMatchObject({
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
        return reader.all(endless());
      });
      await expect(answer).rejects.toMatchObject({ code: 'TOO_COSTLY', message: expect.stringContaining('left') });
      await expect(
        warehouse.read({ timeoutMs: 20_000, signal: caller.signal }, (reader) => reader.all(query('select 1'))),
      ).rejects.toMatchObject({ code: 'TOO_COSTLY' });
      expect(await read('select 1 as n')).toEqual([{ n: 1 }]);
    });

    const numbersInOrder = (count: number): Query => query(`select n from (${dialect.numbers(count)}) as t order by n`);

    test('streams rows in their order, some at a time, with the same values', async () => {
      const sizes: number[] = [];
      const numbers = await warehouse.read({ timeoutMs: 20_000 }, async (reader) => {
        const found: unknown[] = [];
        for await (const rows of reader.stream(numbersInOrder(10_000))) {
          sizes.push(rows.length);
          for (const { n } of rows) found.push(n);
        }
        for await (const rows of reader.stream(query('select 1 as n from mart_settings'))) found.push(rows);
        return found;
      });
      expect(numbers).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2_048);
    });

    test('stays usable when streams are left before their end', async () => {
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const first = await warehouse.read({ timeoutMs: 20_000 }, async (reader) => {
          for await (const rows of reader.stream(numbersInOrder(10_000))) return rows[0];
          return null;
        });
        expect(first).toEqual({ n: 0 });
      }
      expect(await Promise.all([read('select 1 as n'), read('select 1 as n')])).toEqual([[{ n: 1 }], [{ n: 1 }]]);
    });

    test('ends a stream whose caller leaves, and one that fails', async () => {
      const caller = new AbortController();
      const answer = warehouse.read({ timeoutMs: 20_000, signal: caller.signal }, async (reader) => {
        for await (const _rows of reader.stream(numbersInOrder(10_000))) caller.abort();
      });
      await expect(answer).rejects.toMatchObject({ code: 'TOO_COSTLY', message: expect.stringContaining('left') });
      const failing = warehouse.read({ timeoutMs: 20_000 }, async (reader) => {
        for await (const _rows of reader.stream(query('select no_such_column from mart_settings'))) break;
      });
      await expect(failing).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
      expect(await read('select 1 as n')).toEqual([{ n: 1 }]);
    });

    test('lets more readers wait than it has connections, and gives up on one that waits too long', async () => {
      const many = await Promise.all(Array.from({ length: 20 }, (_, index) => read('select ? as n', index)));
      expect(many.map(([row]) => row?.n)).toEqual(Array.from({ length: 20 }, (_, index) => index));
      const blockers = Array.from({ length: 20 }, () =>
        warehouse.read({ timeoutMs: 300 }, (reader) => reader.all(endless())).catch((error: unknown) => error),
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
