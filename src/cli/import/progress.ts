import type { Writable } from 'node:stream';
import cliProgress from 'cli-progress';
import type { Clock } from '../../ports/clock.ts';
import type { ImportProgress } from './import-files.ts';
import { count, printable, seconds } from './text.ts';

export interface ProgressView {
  update(progress: ImportProgress): void;
  /** Why nothing moves for now. */
  waiting(retry: { reason: string; waitMs: number }): void;
  stop(): void;
}

/** A terminal, or what output was sent to instead. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** A bar on a terminal; elsewhere a line every five seconds, so that logs stay readable. */
export const createProgressView = (out: Output, clock: Clock): ProgressView =>
  out.isTTY ? bar(out) : plainLines(out, clock);

function bar(out: Output): ProgressView {
  const single = new cliProgress.SingleBar(
    {
      stream: out,
      format: '{bar} {percentage}% | {text}',
      barsize: barWidth(out.columns),
      hideCursor: true,
      fps: 5,
      etaBuffer: 50,
    },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    update({ bytes, totalBytes, records, accepted, refused }) {
      const payload = { text: `${count(records)} records | ${count(accepted)} accepted | ${count(refused)} refused` };
      if (started) return single.update(bytes, payload);
      single.start(Math.max(totalBytes, 1), bytes, payload);
      started = true;
    },
    waiting({ reason, waitMs }) {
      // In place of the figures, which do not move meanwhile: behind them it would not fit on 80 columns.
      if (started) single.update({ text: `again in ${seconds(waitMs)}: ${printable(reason)}` });
    },
    stop() {
      if (started) single.stop();
    },
  };
}

/** What the line is wider than is cut off: the bar leaves room for figures of tens of millions. */
const barWidth = (columns = 80): number => Math.min(Math.max(columns - 70, 10), 40);

const PLAIN_INTERVAL_MS = 5_000;

function plainLines(out: Output, clock: Clock): ProgressView {
  let nextAt = clock.now() + PLAIN_INTERVAL_MS;
  return {
    update({ bytes, totalBytes, files, totalFiles, records, accepted, refused }) {
      if (clock.now() < nextAt) return;
      nextAt = clock.now() + PLAIN_INTERVAL_MS;
      const percent = totalBytes === 0 ? 100 : Math.floor((100 * bytes) / totalBytes);
      out.write(
        `${percent}%: ${count(files)} of ${count(totalFiles)} files, ${count(records)} records read, ` +
          `${count(accepted)} accepted, ${count(refused)} refused\n`,
      );
    },
    waiting({ reason, waitMs }) {
      out.write(`again in ${seconds(waitMs)}: ${printable(reason)}\n`);
    },
    stop() {},
  };
}
