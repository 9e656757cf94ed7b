import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdb } from '../../src/adapters/warehouse/open-duckdb.ts';

const SQL_DIRECTORY = join(__dirname, '..', '..', 'sql');

/** A new data directory whose warehouse was changed by these statements before any app owned it. */
export async function prepareWarehouse(statements: readonly string[]): Promise<string> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'trailgate-'));
  const temporaryDirectory = join(dataDirectory, 'tmp');
  mkdirSync(temporaryDirectory);
  const { warehouse } = await openDuckdb({
    path: join(dataDirectory, 'warehouse.duckdb'),
    temporaryDirectory,
    threads: 2,
    memoryLimitMiB: 1_024,
    readers: 1,
    sqlDirectory: SQL_DIRECTORY,
    timeZone: 'UTC',
    now: () => Date.now(),
  });
  for (const sql of statements) await warehouse.write('load', (writer) => writer.run({ sql, parameters: [] }));
  await warehouse.close();
  return dataDirectory;
}

/** This many events of one hour, straight into the mart: enough to make a question costly. */
export const manyEvents = (count: number): readonly string[] => [
  `insert into audit_events_mart by name
    select date '2024-03-20' as event_day, 'evt-' || n as event_id, timestamp '2024-03-20 14:00:00' + interval (n % 3600000) milliseconds as timestamp,
      timestamp '2024-03-20 15:00:00' as received_at, 'bootstrap' as ingested_by, 'DATA_ACCESS' as event_type, 'DATA_ACCESS' as activity_type,
      'READ' as action, 'usr-' || (n * 7919 % 50000) as user_id, 'anon' as user_pseudonym, 'HUMAN' as actor_kind, 'SUCCESS' as outcome,
      'LOW' as sensitivity, 'crm' as source, '{"bucket":"b-' || (n % 1000) || '","note":"' || repeat('x', 40) || '"}' as metadata,
      '' as payload_sha256, 'node' as ingest_node, 1 as ingest_epoch, n as ingest_seq, timestamp '2024-03-20 15:00:00' as load_timestamp
    from range(${count}) as r(n)`,
  `insert into audit_event_hours values (timestamp '2024-03-20 14:00:00', ${count})`,
  `update pipeline_positions set data_as_of = timestamp '2024-03-20 16:00:00'`,
];
