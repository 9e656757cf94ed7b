import { closeSync, openSync, writeSync } from 'node:fs';
import type { Refusal } from './import-files.ts';

/** How many are shown; a broken folder can refuse millions. */
const SHOWN = 20;

/** Keeps the first refusals for people and, where a file was named, writes them all as NDJSON. */
export class RefusalList {
  readonly first: Refusal[] = [];
  readonly #descriptor: number | undefined;

  /** Opens (and empties) the file, so that one that cannot be written fails before anything is sent. */
  constructor(file: string | undefined) {
    this.#descriptor = file === undefined ? undefined : openSync(file, 'w', 0o600);
  }

  add(refusal: Refusal): void {
    if (this.first.length < SHOWN) this.first.push(refusal);
    if (this.#descriptor !== undefined) writeSync(this.#descriptor, `${JSON.stringify(refusal)}\n`);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}
