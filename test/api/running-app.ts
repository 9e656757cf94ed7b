import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config/config.ts';
import type { IngestPayload } from '../generated/api-types.ts';

export const TEST_KEY = 'test-key-0123456789abcdef';

// biome-ignore lint/suspicious/noExplicitAny: tests read answers of any shape.
type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Json;
  readonly errors: Json[] | undefined;
  readonly text: string;
}

export interface RunningApp {
  readonly url: string;
  readonly dataDirectory: string;
  query(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>;
  /** Sends the events and waits until they can be queried. */
  ingest(events: readonly unknown[]): Promise<IngestPayload>;
  /** Until dataAsOf is later than the moment; bounded. */
  queryable(receivedAt: string): Promise<void>;
  /** Value of a metric without labels. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
  /** Stops and removes the data. */
  remove(): Promise<void>;
}

/** The whole product on a free port of 127.0.0.1, with a data directory of its own. */
export async function startTestApp(
  environment: Record<string, string> = {},
  dataDirectory = mkdtempSync(join(tmpdir(), 'trailgate-')),
): Promise<RunningApp> {
  const config = readConfig({
    PORT: '0',
    LOG_LEVEL: 'fatal',
    TRAILGATE_DATA_DIR: dataDirectory,
    TRAILGATE_BOOTSTRAP_KEY: TEST_KEY,
    ...environment,
  });
  const app: App = await createApp(config, { packageDirectory: join(__dirname, '..', '..') });
  const { url } = await app.start();

  const query: RunningApp['query'] = async (text, variables = {}, headers = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}`, ...headers },
      body: JSON.stringify({ query: text, variables }),
    });
    const body = await response.text();
    const { data, errors } = JSON.parse(body);
    return { status: response.status, headers: response.headers, data, errors, text: body };
  };

  const queryable = async (receivedAt: string): Promise<void> => {
    for (let attempt = 0; attempt < 600; attempt += 1) {
      const { data } = await query('{ auditEvents(first: 1) { dataAsOf } }');
      if (data.auditEvents.dataAsOf > receivedAt) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`nothing received at ${receivedAt} can be queried after 15 s`);
  };

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= app.stop();
    return stopped;
  };
  return {
    url,
    dataDirectory,
    query,
    queryable,
    ingest: async (events) => {
      const { data, errors } = await query(
        `mutation ($events: [AuditEventDocument!]!) {
          ingestEvents(events: $events) { accepted rejected eventIds receivedAt rejections { index eventId code message path retryable } }
        }`,
        { events },
      );
      if (errors) throw new Error(JSON.stringify(errors));
      await queryable(data.ingestEvents.receivedAt);
      return data.ingestEvents;
    },
    metric: async (name) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
    },
    stop,
    remove: async () => {
      await stop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}
