import { randomBytes } from 'node:crypto';

/** A new name for this process: numbers of another one are never given again. */
export const makeNodeName = (): string => `node-${randomBytes(8).toString('hex')}`;
