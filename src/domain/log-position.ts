import type { Coordinates } from './envelope.ts';

/**
 * How far a reader has come: a line of the embedded log; or, where lines land as files in any order, a time from which a
 * feed may repeat.
 */
export type LogPosition = Coordinates | { readonly at: number };

/** Stands for the name of a log in pipeline_positions where lines were loaded from files: there is no place in one log. */
export const FILES: Coordinates = { node: 'files', epoch: 0, seq: 0 };

/** Of a row of pipeline_positions. */
export const toLogPosition = ({ node, epoch, seq }: Coordinates, dataAsOf: number): LogPosition =>
  node === FILES.node ? { at: dataAsOf } : { node, epoch, seq };

export const isLinePosition = (position: LogPosition): position is Coordinates => 'node' in position;
