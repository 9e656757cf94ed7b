const NEW_LINE = 0x0a;

/** Lines, each with its end; a last one without an end gets one. */
export function* cutLines(lines: Buffer): Generator<Buffer> {
  for (let from = 0; from < lines.length; ) {
    const at = lines.indexOf(NEW_LINE, from);
    const to = at === -1 ? lines.length : at + 1;
    yield at === -1 ? Buffer.concat([lines.subarray(from), Buffer.of(NEW_LINE)]) : lines.subarray(from, to);
    from = to;
  }
}
