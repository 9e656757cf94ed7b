import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningApp, startTestApp } from '../../api/running-app.ts';
import type { Installation } from './installation.ts';
import { until } from './until.ts';

export const makeDataDirectory = (): string => mkdtempSync(join(tmpdir(), 'trailgate-node-'));

/** A gateway on the installation's stream and objects; what it loads goes into a DuckDB of its own. */
export const startNode = (installation: Installation, dataDirectory: string): Promise<RunningApp> =>
  startTestApp(
    {
      TRAILGATE_MODE: 'aws',
      TRAILGATE_INSTALLATION_KEY: installation.installationKey,
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

/** Until dataAsOf is later than the moment: what was received then is in every answer. Answers dataAsOf. */
export const untilQueryable = (node: RunningApp, receivedAt: string, limitMs = 60_000): Promise<string> =>
  until(
    () => dataAsOf(node),
    (asOf) => asOf > receivedAt,
    () => `waited for ${receivedAt}`,
    limitMs,
  );

export const dataAsOf = async (node: RunningApp): Promise<string> =>
  (await node.query('{ auditEvents(first: 1) { dataAsOf } }')).data.auditEvents.dataAsOf;
