import type { KinesisCalls } from './kinesis-calls.ts';
import { expiredPlace, type KinesisCursor } from './kinesis-cursor.ts';

const HOUR_MS = 3_600_000;
/** No stream keeps its records for less. */
const LEAST_RETENTION_MS = 24 * HOUR_MS;

/**
 * Asked for a place that is gone, the service may answer nothing for ever, as far behind as the stream keeps records.
 * @throws AppError POSITION_EXPIRED
 */
export async function refuseStandstill(
  calls: Pick<KinesisCalls, 'describe'>,
  { shard, cursor }: { readonly shard: string; readonly cursor: KinesisCursor },
  { records, behindMs }: { readonly records: number; readonly behindMs: number },
): Promise<void> {
  if (records > 0 || behindMs < LEAST_RETENTION_MS || !cursor.isLooking()) return;
  const described = await calls.describe().catch(() => null);
  const hours = described?.StreamDescriptionSummary?.RetentionPeriodHours;
  if (hours !== undefined && behindMs >= hours * HOUR_MS) throw expiredPlace(shard);
}
