/** What the gateway would refuse, as far as it can be known without asking it. The gateway's own check stays the judge. */
import { LIMITS } from '../../domain/audit-event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BatchRejection, PreparedEvent, SendBatch } from './batch.ts';

/** Judges instead of sending. Keys, sources and conflicts with events that the gateway holds are not looked at. */
export const createDryRun =
  (clock: Clock): SendBatch =>
  async (events) =>
    events.flatMap((event, index) => {
      const fault = findFault(event, clock.now());
      return fault ? [{ index, ...fault }] : [];
    });

type Fault = Omit<BatchRejection, 'index'>;

function findFault({ event, bytes }: PreparedEvent, now: number): Fault | undefined {
  if (bytes > LIMITS.maxEventBytes) {
    const message = `the event has ${bytes} bytes as JSON; at most ${LIMITS.maxEventBytes} are allowed`;
    return { code: 'EVENT_TOO_LARGE', message, path: [] };
  }
  const time = timeFault(event.timestamp, now);
  if (time) return invalid(time, ['timestamp']);
  const { metadata, ...fields } = event;
  for (const [field, value] of Object.entries(fields)) {
    if (typeof value !== 'string') continue;
    if (value.length > LIMITS.maxFieldLength) {
      return invalid(`has ${value.length} characters; at most ${LIMITS.maxFieldLength} are allowed`, [field]);
    }
    if (!isPlainText(value)) return invalid(NOT_TEXT, [field]);
  }
  return valueFault(metadata, ['metadata']);
}

const invalid = (message: string, path: readonly string[]): Fault => ({ code: 'INVALID_EVENT', message, path });

const NOT_TEXT = 'holds U+0000 or half a surrogate pair, which no warehouse can store';
const isPlainText = (text: string) => !/[\0\p{Surrogate}]/u.test(text);

function valueFault(value: unknown, path: readonly string[]): Fault | undefined {
  if (typeof value === 'string') return isPlainText(value) ? undefined : invalid(NOT_TEXT, path);
  if (typeof value === 'number') {
    return Number.isInteger(value) && !Number.isSafeInteger(value)
      ? invalid('is an integer beyond 2^53 - 1, which JSON parsers round; send it as text', path)
      : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (path.length > LIMITS.maxMetadataDepth) {
    return invalid(`is nested deeper than ${LIMITS.maxMetadataDepth} levels`, path);
  }
  for (const [key, member] of Object.entries(value)) {
    const at = [...path, key];
    if (key === '__proto__' || !isPlainText(key)) return invalid('has a key that is not allowed', at);
    const fault = valueFault(member, at);
    if (fault) return fault;
  }
  return undefined;
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[Tt ])(\d\d:\d\d:[0-5]\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?$/;

function timeFault(time: string | number, now: number): string | undefined {
  const at = typeof time === 'number' ? time : parseTime(time);
  if (at === undefined || !Number.isFinite(at)) {
    return `${JSON.stringify(time).slice(0, 60)} is no time; send RFC 3339, such as 2024-03-20T14:30:00Z`;
  }
  if (at <= 0) return 'lies before 1970';
  return at > now + LIMITS.maxAheadMs ? 'lies more than 24 hours ahead' : undefined;
}

function parseTime(text: string): number | undefined {
  const [, date, time, fraction = '', zone = 'Z'] = TIME.exec(text) ?? [];
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes 30 February for 1 March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  return Date.parse(`${date}T${time}.${`${fraction}000`.slice(0, 3)}${zone.toUpperCase()}`);
}
