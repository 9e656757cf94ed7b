import { LIMITS } from '../domain/audit-event.ts';

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|z|[+-]\d{2}:\d{2})?$/;

/** Milliseconds since 1970 and the same as RFC 3339 in UTC, or why the value is no time that an event may have. */
export type EventTime = { readonly at: number; readonly text: string } | { readonly fault: string };

const FORMS = 'send RFC 3339 (2024-03-20T14:30:00Z), "2024-03-20 14:30:00" in UTC, or epoch milliseconds';

/** Fractions beyond the millisecond are cut off. Only the space-separated form may leave the zone out: it is UTC. */
export function parseEventTime(value: unknown, now: number): EventTime {
  const at = typeof value === 'number' ? value : typeof value === 'string' ? parseText(value) : Number.NaN;
  if (!Number.isInteger(at)) return { fault: `is no time; ${FORMS}` };
  if (at < 0) return { fault: 'lies before 1970' };
  if (at > now + LIMITS.maxAheadMs) {
    return { fault: 'lies more than 24 hours ahead of the gateway’s clock; check the clock of the producer' };
  }
  return { at, text: new Date(at).toISOString() };
}

/** The form that this gateway writes itself, and most producers: what Date reads fast and, written again, is the same. */
const OWN_FORM_LENGTH = 24;

function parseText(text: string): number {
  if (text.length === OWN_FORM_LENGTH) {
    const at = Date.parse(text);
    if (!Number.isNaN(at) && new Date(at).toISOString() === text) return at;
  }
  const match = RFC_3339.exec(text);
  if (!match) return Number.NaN;
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match;
  if (zone === undefined && text[10] !== ' ') return Number.NaN;
  if (Number(second) > 59 || Number(minute) > 59 || Number(hour) > 23) return Number.NaN;
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), ms);
  // Date.UTC rolls over days that do not exist, and takes the years 0 to 99 for 1900 to 1999.
  if (!new Date(date).toISOString().startsWith(`${year}-${month}-${day}`)) return Number.NaN;
  return date - zoneOffsetMs(zone);
}

function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
