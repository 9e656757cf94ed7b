import type { Warehouse } from '../ports/warehouse.ts';
import type { Refresh } from './refresh.ts';

/**
 * Off-hours are counted in the organisation's time zone. When it is another one than the marts were made with, they are
 * made anew; returns true then. To be called at start, before the first refresh.
 */
export async function ensureTimeZone(
  { warehouse, refresh }: { readonly warehouse: Warehouse; readonly refresh: Refresh },
  timeZone: string,
): Promise<boolean> {
  const made = await warehouse.read({ timeoutMs: 10_000 }, async (reader) => {
    const [setting] = await reader.all<{ setting: string }>({
      sql: `select setting from mart_settings where name = 'time_zone'`,
    });
    const [cells] = await reader.all<{ n: number }>({ sql: 'select count(*) as n from user_activity_daily' });
    return { timeZone: setting?.setting ?? null, isEmpty: cells?.n === 0 };
  });
  if (made.timeZone === timeZone) return false;
  const isDue = !made.isEmpty;
  if (isDue) await refresh.recompute();
  // After it: a crash between them recomputes once more, and never too seldom.
  await warehouse.write('refresh', async (writer) => {
    await writer.run({ sql: `delete from mart_settings where name = 'time_zone'` });
    await writer.run({ sql: `insert into mart_settings values ('time_zone', ?)`, parameters: [timeZone] });
  });
  return isDue;
}
