import { Writable } from 'node:stream';
import { createProgressView, type Output } from '../../../src/cli/import/progress.ts';

/** A terminal of this width, and the lines that were drawn on it, one over the other. */
function aTerminal(columns: number): { output: Output; drawn: () => string[] } {
  let text = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  return {
    output: Object.assign(stream, { isTTY: true, columns }),
    drawn: () =>
      text
        .split('\u001b')
        .map((piece) => piece.replace(/^\[[\d;?]*[A-Za-z]/, ''))
        .filter((piece) => /[█░]/.test(piece)),
  };
}

const FAR = {
  files: 40,
  totalFiles: 50,
  bytes: 80,
  totalBytes: 100,
  records: 12_345_678,
  accepted: 12_345_000,
  refused: 12_345,
};

describe('the progress bar', () => {
  test.each([
    [80, 10],
    [120, 40],
    [200, 40],
  ])('shows every figure whole on a terminal of %i columns', (columns, barWidth) => {
    const terminal = aTerminal(columns);
    const view = createProgressView(terminal.output, { now: () => 0 });
    view.update(FAR);
    view.stop();
    expect(terminal.drawn()[0]).toBe(
      `${'█'.repeat(barWidth * 0.8)}${'░'.repeat(barWidth * 0.2)} 80% | 12,345,678 records | 12,345,000 accepted | 12,345 refused`,
    );
  });

  test('says on 80 columns why nothing moves, and the figures again when it goes on', () => {
    const terminal = aTerminal(80);
    const view = createProgressView(terminal.output, { now: () => 0 });
    view.update({ ...FAR, bytes: 0 });
    view.waiting({ reason: 'STREAM_UNAVAILABLE: the log is full', waitMs: 4_000 });
    view.stop();
    expect(terminal.drawn().at(-1)).toBe(`${'░'.repeat(10)} 0% | again in 4.0 s: STREAM_UNAVAILABLE: the log is full`);

    const other = aTerminal(80);
    const goesOn = createProgressView(other.output, { now: () => 0 });
    goesOn.update({ ...FAR, bytes: 0 });
    goesOn.waiting({ reason: 'the log is full', waitMs: 4_000 });
    goesOn.update(FAR);
    goesOn.stop();
    expect(other.drawn().at(-1)).toContain('12,345,000 accepted');
  });
});
