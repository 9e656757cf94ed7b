import { createFindingsJson, createFindingsView, type Terminal } from '../../../src/cli/doctor/print-findings.ts';
import { about } from '../../../src/ports/checkup.ts';
import { Captured } from '../captured.ts';

const FINDINGS = [
  about('Node').ok('22.1.0'),
  about('disk').warn('Make room.'),
  about('Kinesis stream').fail('there is none\u001b[2J'),
  about('writing').skip('was not tried'),
];

function print(terminal: object = {}): string {
  const out = Object.assign(new Captured(), terminal) as Captured & Terminal;
  const view = createFindingsView(out, ['Node', 'disk', 'Kinesis stream', 'writing']);
  view.add(FINDINGS.slice(0, 2));
  view.add(FINDINGS.slice(2));
  view.end();
  return out.text;
}

test('is plain and aligned where it is no terminal; what strangers named cannot move the cursor', () => {
  expect(print()).toBe(
    [
      'ok    Node                22.1.0',
      'warn  disk                Make room.',
      'FAIL  Kinesis stream      there is none\\u001b[2J',
      '-     writing             was not tried',
      '',
      '1 ok, 1 warning, 1 failure, 1 not tried',
      '',
    ].join('\n'),
  );
});

test('has colours on a terminal, unless that one wants none', () => {
  const coloured = print({ isTTY: true, hasColors: () => true });
  expect(coloured).toContain('\u001b[32mok    \u001b[0mNode');
  expect(coloured).toContain('\u001b[31mFAIL  \u001b[0mKinesis stream');
  expect(print({ isTTY: true, hasColors: () => false })).toBe(print());
});

test('counts one and many', () => {
  const out = new Captured();
  const view = createFindingsView(out, []);
  view.add([about('a').fail('x'), about('b').fail('y'), about('c').warn('z'), about('d').warn('z')]);
  view.end();
  expect(out.text).toContain('0 ok, 2 warnings, 2 failures\n');
});

test('as JSON is one document', () => {
  const out = new Captured();
  const view = createFindingsJson(out);
  view.add(FINDINGS.slice(0, 2));
  expect(out.text).toBe('');
  view.end();
  expect(JSON.parse(out.text)).toEqual({ ok: true, findings: FINDINGS.slice(0, 2) });
  const failed = new Captured();
  const other = createFindingsJson(failed);
  other.add(FINDINGS);
  other.end();
  expect(JSON.parse(failed.text)).toMatchObject({ ok: false });
});
