// A plain DuckDB process for bench/stock-queries.mjs: runs the SQL it is asked, every row read into JavaScript.
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    threads: { type: 'string' },
    'memory-mib': { type: 'string' },
    temp: { type: 'string' },
  },
});
const instance = await DuckDBInstance.create(values.file, {
  access_mode: 'READ_ONLY',
  threads: values.threads,
  memory_limit: `${values['memory-mib']}MiB`,
  temp_directory: values.temp,
});
const connection = await instance.connect();
await connection.run(`set TimeZone = 'UTC'`);

process.on('message', async ({ text, values: parameters }) => {
  try {
    const startedAt = performance.now();
    const rows = await (await connection.run(text, parameters)).getRowsJS();
    const ms = performance.now() - startedAt;
    process.send({
      ms,
      rows: rows.map((row) => row.map((value) => (typeof value === 'bigint' ? Number(value) : value))),
    });
  } catch (error) {
    process.send({ error: String(error) });
  }
});
const stop = () => {
  connection.closeSync();
  instance.closeSync();
  process.exit(0);
};
process.on('SIGTERM', stop);
process.on('disconnect', stop);
process.send({ isOpen: true });
