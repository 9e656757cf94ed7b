import type { Warehouse } from '../ports/warehouse.ts';
import type { Refresh } from './refresh.ts';

/** Off-hours are counted in the organisation's zone: another zone at start makes the marts anew. Answers whether it did. */
export async function ensureTimeZone(
  { warehouse, refresh }: { warehouse: Warehouse; refresh: Refresh },
  timeZone: string,
): Promise<boolean> {
  const [known] = await warehouse.read({ timeoutMs: 10_000 }, (reader) =>
    reader.all<{ setting: string }>({ sql: `select setting from mart_settings where name = 'time_zone'`, parameters: [] }),
  );
  if (known?.setting === timeZone) return false;
  if (known) await refresh.recompute();
  await warehouse.write('migrations', async (writer) => {
    await writer.run({ sql: `delete from mart_settings where name = 'time_zone'`, parameters: [] });
    await writer.run({ sql: `insert into mart_settings values ('time_zone', ?)`, parameters: [timeZone] });
  });
  return known !== undefined;
}
