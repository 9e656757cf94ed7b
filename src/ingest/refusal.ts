/** Why one document is refused: `message` says what to do, `path` where. */
export interface Refusal {
  readonly code: 'INVALID_EVENT' | 'EVENT_TOO_LARGE' | 'FORBIDDEN_SOURCE';
  readonly message: string;
  readonly path: readonly string[];
}

export class RefusalError extends Error {
  readonly refusal: Refusal;
  constructor(path: readonly string[], message: string, code: Refusal['code'] = 'INVALID_EVENT') {
    super(message);
    const shown = path.map((step) => printable(step, MAX_STEP_LENGTH));
    this.refusal = { code, message: shown.length > 0 ? `${shown.join('.')} ${message}.` : `${message}.`, path: shown };
  }
}

const MAX_STEP_LENGTH = 100;

/** Text that may be shown to people and kept as JSON: what is no Unicode text is replaced, what is too long cut off. */
export const printable = (text: string, maxLength: number): string =>
  text.slice(0, maxLength).toWellFormed().replaceAll('\u0000', '\uFFFD');

/** What a value is, in the words of JSON. */
export const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value === 'object' ? 'object' : typeof value;
