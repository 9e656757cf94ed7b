import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Warehouse } from '../ports/warehouse.ts';

/** Figures of this process for Prometheus; names are in seconds and bytes, as its conventions want. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    accepted: new Counter({ name: 'trailgate_events_accepted_total', help: 'Events made durable.', registers }),
    rejected: new Counter({ name: 'trailgate_events_rejected_total', help: 'Events refused at accept.', registers }),
    loaded: new Counter({
      name: 'trailgate_lines_loaded_total',
      help: 'Lines of the log loaded into the warehouse.',
      registers,
    }),
    inserted: new Counter({ name: 'trailgate_events_inserted_total', help: 'New events in the mart.', registers }),
    failures: new Counter({
      name: 'trailgate_pipeline_failures_total',
      help: 'Loads and refreshes that failed and are tried again.',
      registers,
    }),
    loadSeconds: new Histogram({
      name: 'trailgate_load_duration_seconds',
      help: 'From reading the log to marts refreshed, a batch.',
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    readStatements: new Counter({
      name: 'trailgate_warehouse_read_statements_total',
      help: 'Statements that queries ran in the warehouse.',
      registers,
    }),
    backlog: new Gauge({
      name: 'trailgate_backlog_lines',
      help: 'Lines appended and not yet in the marts.',
      registers,
    }),
    /** Of a managed stream; none of them moves on the embedded log. */
    stream: {
      putSeconds: new Histogram({
        name: 'trailgate_stream_put_duration_seconds',
        help: 'One call that puts records into the stream.',
        buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
        registers,
      }),
      records: new Counter({
        name: 'trailgate_stream_records_total',
        help: 'Packed records put into the stream, by what became of them.',
        labelNames: ['outcome'],
        registers,
      }),
      bytes: new Counter({ name: 'trailgate_stream_bytes_total', help: 'Bytes put into the stream.', registers }),
      behindSeconds: new Gauge({
        name: 'trailgate_stream_read_behind_seconds',
        help: 'How far the reader of a shard lies behind its newest record.',
        labelNames: ['shard'],
        registers,
      }),
    },
    logBytes: new Gauge({ name: 'trailgate_log_bytes', help: 'Bytes of lines that the log holds.', registers }),
    dataAge: new Gauge({ name: 'trailgate_data_age_seconds', help: 'Now minus dataAsOf.', registers }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

/** The same warehouse, with each statement of a read counted, and told what asks: a history of statements shows it. */
export const meterReads = (warehouse: Warehouse, statements: Counter, operation: string): Warehouse => ({
  ...warehouse,
  read: (options, work) =>
    warehouse.read({ operation, ...options }, (reader) =>
      work({
        all: (query) => {
          statements.inc();
          return reader.all(query);
        },
        stream: (query) => {
          statements.inc();
          return reader.stream(query);
        },
      }),
    ),
});
