import type { Finding } from '../../ports/checkup.ts';
import type { Output } from '../import/progress.ts';
import { printable } from '../import/text.ts';

/** Says by itself whether its user wants colours (NO_COLOR, TERM). */
export type Terminal = Output & { hasColors?(): boolean };

export interface FindingsView {
  add(findings: readonly Finding[]): void;
  end(): void;
}

type Status = Finding['status'];

const COLOURS: Readonly<Record<Status, number>> = { ok: 32, warn: 33, fail: 31, skip: 90 };
const WORDS: Readonly<Record<Status, string>> = { ok: 'ok', warn: 'warn', fail: 'FAIL', skip: '-' };
const STATUS_WIDTH = 6;

/** A line a finding, said as soon as it is known; subjects as wide as the widest may be. Colours on a terminal only. */
export function createFindingsView(out: Terminal, subjects: readonly string[]): FindingsView {
  const coloured = out.isTTY === true && out.hasColors?.() !== false;
  const width = Math.max(...subjects.map(({ length }) => length), MIN_SUBJECT) + 2;
  const all: Finding[] = [];
  const lineOf = ({ subject, status, message }: Finding): string => {
    const word = WORDS[status].padEnd(STATUS_WIDTH);
    return `${coloured ? paint(word, COLOURS[status]) : word}${printable(subject).padEnd(width)}${printable(message)}\n`;
  };
  return {
    add: (findings) => {
      all.push(...findings);
      for (const finding of findings) out.write(lineOf(finding));
    },
    end: () => void out.write(`\n${summarise(all)}\n`),
  };
}

/** Of subjects that a check names beside its own. */
const MIN_SUBJECT = 18;

const paint = (text: string, colour: number): string => `\u001b[${colour}m${text}\u001b[0m`;

/** One document, when everything is known. */
export function createFindingsJson(out: Output): FindingsView {
  const all: Finding[] = [];
  return {
    add: (findings) => void all.push(...findings),
    end: () => void out.write(`${JSON.stringify({ ok: !all.some(hasFailed), findings: all }, null, 2)}\n`),
  };
}

export const hasFailed = ({ status }: Finding): boolean => status === 'fail';

function summarise(findings: readonly Finding[]): string {
  const count = (status: Status): number => findings.filter((finding) => finding.status === status).length;
  const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  const skipped = count('skip');
  return [
    `${count('ok')} ok`,
    plural(count('warn'), 'warning'),
    plural(count('fail'), 'failure'),
    ...(skipped > 0 ? [`${skipped} not tried`] : []),
  ].join(', ');
}
