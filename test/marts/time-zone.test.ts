import { ensureTimeZone } from '../../src/marts/time-zone.ts';
import { aDelivery } from './delivery.ts';
import { expectedMarts } from './marts-model.ts';
import { openWarehouseWithMarts, sorted, type WarehouseWithMarts } from './warehouse-with-marts.ts';

const berlinHour = (at: number): number =>
  Number(new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit', hourCycle: 'h23' }).format(at));
const utcHour = (at: number): number => new Date(at).getUTCHours();

/** Around the edges of office hours, before and after the clocks change on 31 March 2024. */
const deliveries = [20, 30, 31]
  .flatMap((day) =>
    [4, 5, 6, 7, 16, 17, 18, 19].flatMap((hour) => [0, 59].map((minute) => Date.UTC(2024, 2, day, hour, minute))),
  )
  .map((timestamp, index) => aDelivery({ eventId: `evt-${index}`, timestamp, userId: `usr-${index % 5}` }));

describe('the time zone of the organisation', () => {
  let marts: WarehouseWithMarts;
  beforeEach(async () => {
    marts = await openWarehouseWithMarts('Europe/Berlin');
  });
  afterEach(() => marts.close());

  const parts = () => ({ warehouse: marts.warehouse(), refresh: marts.refresh() });
  const cells = async () => sorted((await marts.tables()).user_activity_daily);
  const settings = () => marts.all('select * from mart_settings');
  const loadAndRefresh = async () => {
    await marts.load(deliveries);
    await marts.refresh().refresh();
  };

  test('decides what is off-hours, summer time included', async () => {
    await loadAndRefresh();
    const expected = sorted(expectedMarts(deliveries, berlinHour).user_activity_daily);
    expect(await cells()).toEqual(expected);
    expect(expected).not.toEqual(sorted(expectedMarts(deliveries, utcHour).user_activity_daily));
    await marts.refresh().recompute();
    expect(await cells()).toEqual(expected);
  });

  test('recomputes nothing in a new warehouse, nor while it stays the same', async () => {
    expect(await ensureTimeZone(parts(), 'Europe/Berlin')).toBe(false);
    await loadAndRefresh();
    expect(await ensureTimeZone(parts(), 'Europe/Berlin')).toBe(false);
    expect(await settings()).toEqual([{ name: 'time_zone', setting: 'Europe/Berlin' }]);
  });

  test('recomputes the marts when it changed', async () => {
    await ensureTimeZone(parts(), 'Europe/Berlin');
    await loadAndRefresh();
    await marts.reopen('UTC');
    expect(await ensureTimeZone(parts(), 'UTC')).toBe(true);
    expect(await cells()).toEqual(sorted(expectedMarts(deliveries, utcHour).user_activity_daily));
    expect(await settings()).toEqual([{ name: 'time_zone', setting: 'UTC' }]);
    expect(await ensureTimeZone(parts(), 'UTC')).toBe(false);
  });

  test('recomputes marts that do not say what they were made with', async () => {
    await loadAndRefresh();
    expect(await ensureTimeZone(parts(), 'Europe/Berlin')).toBe(true);
    expect(await settings()).toEqual([{ name: 'time_zone', setting: 'Europe/Berlin' }]);
  });
});
