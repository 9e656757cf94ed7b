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
    this.refusal = { code, message: path.length > 0 ? `${path.join('.')} ${message}.` : `${message}.`, path };
  }
}

/** What a value is, in the words of JSON. */
export const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value === 'object' ? 'object' : typeof value;
