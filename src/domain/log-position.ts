/**
 * How far a reader has come: a line of the embedded log; or, where lines land as files in any order, a time from which a
 * feed may repeat.
 */
export type LogPosition = LinePosition | { readonly at: number };

export interface LinePosition {
  readonly node: string;
  readonly epoch: number;
  readonly seq: number;
}

/** Of a row of pipeline_positions: what was loaded from landed files bears no node. */
export const toLogPosition = ({ node, epoch, seq }: LinePosition, dataAsOf: number): LogPosition =>
  node === '' ? { at: dataAsOf } : { node, epoch, seq };

export const isLinePosition = (position: LogPosition): position is LinePosition => 'node' in position;
