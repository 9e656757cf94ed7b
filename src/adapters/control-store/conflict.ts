import { AppError } from '../../domain/errors.ts';

/** Somebody else was faster, or the document is gone. */
export const conflict = (kind: string, id: string, expected: number): AppError =>
  new AppError(
    'CONFLICT',
    expected === 0
      ? `There is a ${kind} ${id} already. Read it, and change that one.`
      : `The ${kind} ${id} is no longer at version ${expected}. Read it again, and repeat the change if it still applies.`,
  );
