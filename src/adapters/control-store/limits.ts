import { badInput } from '../../domain/errors.ts';

const KIND_BYTES = 255;
const ID_BYTES = 1_000;
/** DynamoDB's item holds 400 KiB with its names and key; one limit for both engines, so that a store can be moved. */
const BODY_BYTES = 384 * 1024;
const LEASE_MS = 24 * 60 * 60 * 1_000;

/** @throws AppError BAD_USER_INPUT */
export function checkKey(kind: string, id: string): void {
  checkText('kind of a control document', kind, KIND_BYTES);
  checkText(`id of a control document (${kind})`, id, ID_BYTES);
}

/** Where a list begins: any id, or nothing at all. */
export function checkListing(kind: string, after: string): void {
  checkText('kind of a control document', kind, KIND_BYTES);
  if (after !== '') checkText(`id of a control document (${kind})`, after, ID_BYTES);
}

export function checkDocument({ kind, id, body }: { kind: string; id: string; body: string }): void {
  checkKey(kind, id);
  const bytes = Buffer.byteLength(body);
  if (body.isWellFormed() && bytes <= BODY_BYTES) return;
  throw badInput(
    `The ${kind} ${id} is ${bytes} bytes long; at most ${BODY_BYTES} bytes of text can be kept. Make it shorter, or divide it.`,
  );
}

export function checkLease(name: string, holder: string): void {
  checkText('name of a lease', name, ID_BYTES);
  checkText('holder of a lease', holder, ID_BYTES);
}

export function checkDuration(ttlMs: number): void {
  if (ttlMs > 0 && ttlMs <= LEASE_MS) return;
  throw badInput(`A lease lasts up to ${LEASE_MS} ms, not ${ttlMs} ms.`);
}

function checkText(what: string, text: string, limit: number): void {
  if (text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= limit) return;
  throw badInput(`The ${what} is 1 to ${limit} bytes of text: ${JSON.stringify(text.slice(0, 100))}`);
}
