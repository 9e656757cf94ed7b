import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningApp, startTestApp } from '../../api/running-app.ts';
import type { Installation } from './installation.ts';

/** A data directory that holds the installation's key, as every node of one installation has it. */
export function makeDataDirectory({ installationKey }: Installation): string {
  const directory = mkdtempSync(join(tmpdir(), 'trailgate-node-'));
  writeFileSync(join(directory, 'installation.key'), installationKey, { mode: 0o600 });
  return directory;
}

/** A gateway on the installation's stream, objects and control table; what it loads goes into a DuckDB of its own. */
export const startNode = (installation: Installation, dataDirectory: string): Promise<RunningApp> =>
  startTestApp(
    {
      TRAILGATE_MODE: 'aws',
      TRAILGATE_WAREHOUSE: 'duckdb',
      TRAILGATE_KINESIS_STREAM: installation.streamName,
      TRAILGATE_KINESIS_BUCKETS: String(installation.buckets),
      TRAILGATE_LANDING_BUCKET: installation.eventsBucket,
      TRAILGATE_CONTROL_TABLE: installation.controlTable,
      TRAILGATE_S3_BUCKET: installation.filesBucket,
    },
    dataDirectory,
  );

export interface Sent {
  readonly accepted: number;
  readonly rejected: number;
  readonly receivedAt: string;
}

/** Resolves when they are durable; when they can be queried is another matter. */
export async function sendEvents(node: RunningApp, events: readonly unknown[]): Promise<Sent> {
  const { data, errors } = await node.query(
    'mutation ($events: [AuditEventDocument!]!) { ingestEvents(events: $events) { accepted rejected receivedAt } }',
    { events },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.ingestEvents;
}
