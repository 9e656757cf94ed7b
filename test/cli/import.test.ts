import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { importCommand } from '../../src/cli/import.ts';
import { aRecord, without } from './records.ts';
import { refusal, StandInGateway, status } from './stand-in-gateway.ts';

const gateway = new StandInGateway();
let url = '';
let folder = '';

beforeAll(async () => {
  url = await gateway.start();
});
afterAll(() => gateway.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trailgate-command-'));
  gateway.stored.clear();
  gateway.requests.length = 0;
  gateway.troubles = [];
  gateway.judge = () => undefined;
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const lines = (...records: unknown[]) => records.map((record) => JSON.stringify(record)).join('\n');

class Captured extends Writable {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void) {
    this.text += chunk.toString();
    done();
  }
}

/** Runs the command as a shell would; every look at the clock finds it two seconds later. */
async function trailgateImport(args: readonly string[], { isTTY = false, key = 'tg_key' as string | null } = {}) {
  const out = new Captured();
  const err = new Captured(isTTY);
  let now = Date.UTC(2024, 2, 21);
  let exitCode = 0;
  const command = importCommand({
    out,
    err,
    clock: { now: () => (now += 2_000) },
    sleep: async () => {},
    random: () => 0,
    setExitCode: (code) => {
      exitCode = code;
    },
  });
  const keyArgs = key === null ? [] : ['--key', key];
  await command.parseAsync(['cloudtrail', ...args, '--url', url, ...keyArgs], { from: 'user' });
  return { out: out.text, err: err.text, exitCode };
}

describe('trailgate import cloudtrail', () => {
  test('sends every record and sums up, exit code 0', async () => {
    put('a.ndjson', lines(aRecord(), aRecord()));
    put('b.json', JSON.stringify({ Records: [aRecord()] }));
    const { out, exitCode } = await trailgateImport([folder]);
    expect(gateway.stored.size).toBe(3);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/files +2\nrecords +3\naccepted +3\nrefused +0\ntime +[\d.]+ s \([\d,]+ records\/s\)\n$/);
  });

  test('changes nothing when it runs again', async () => {
    put('a.ndjson', lines(aRecord(), without(aRecord(), 'eventID')));
    await trailgateImport([folder]);
    const before = structuredClone([...gateway.stored]);
    const { exitCode } = await trailgateImport([folder]);
    expect([...gateway.stored]).toEqual(before);
    expect(exitCode).toBe(0);
  });

  test('lists what is refused, whoever refuses it, exit code 1', async () => {
    gateway.judge = ({ eventId }) => (eventId === 'id-bad' ? { code: 'INVALID_EVENT', retryable: false } : undefined);
    const file = put('a.ndjson', lines(aRecord(), aRecord({ eventID: 'id-bad' }), 'broken'));
    const { out, exitCode } = await trailgateImport([folder]);
    expect(exitCode).toBe(1);
    expect(out).toContain(`${file}:2  INVALID_EVENT timestamp: not like this`);
    expect(out).toContain(`${file}:3  INVALID_RECORD`);
    expect(gateway.stored.size).toBe(1);
  });

  test('shows twenty refusals and writes them all to --refusals', async () => {
    put('a.ndjson', Array(33).fill('{broken').join('\n'));
    const list = join(folder, 'refusals.txt');
    const { out } = await trailgateImport([join(folder, 'a.ndjson'), '--refusals', list]);
    expect(out.match(/INVALID_JSON/g)).toHaveLength(20);
    expect(out).toContain('and 13 more');
    const written = readFileSync(list, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: number });
    expect(written.map(({ line }) => line)).toEqual(Array.from({ length: 33 }, (_, i) => i + 1));
  });

  test('never lets a record write to the terminal', async () => {
    put('a.ndjson', `${'\u001b[2J{"\u202e'}\n`);
    const { out } = await trailgateImport([folder]);
    expect(out).toContain('\\u001b');
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u202e');
  });

  test('writes plain lines where there is no terminal, and a bar where there is one', async () => {
    put('a.ndjson', lines(...Array.from({ length: 30 }, () => aRecord())));
    const plain = await trailgateImport([folder, '--batch', '5']);
    expect(plain.err).toMatch(/^\d+%: \d of 1 files, \d+ records read, \d+ accepted, 0 refused\n/);
    expect(plain.err).not.toContain('\u001b');
    const bar = await trailgateImport([folder, '--batch', '5'], { isTTY: true });
    expect(bar.err).toContain('█');
    expect(bar.err).toContain('30 accepted');
  });

  test('says why it waits, and goes on when the gateway is back', async () => {
    put('a.ndjson', lines(aRecord()));
    gateway.troubles = [status(503, { 'retry-after': '4' }, refusal('STREAM_UNAVAILABLE', 'the log is full', true))];
    const { err, exitCode } = await trailgateImport([folder]);
    expect(err).toMatch(/again in 4\.\d s: STREAM_UNAVAILABLE: the log is full/);
    expect(exitCode).toBe(0);
  });

  test('stops with exit code 1 when the key is wrong, and says what was not sent', async () => {
    put('a.ndjson', lines(aRecord(), aRecord()));
    const { out, exitCode } = await trailgateImport([folder], { key: 'wrong' });
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^stopped: the gateway refuses: UNAUTHENTICATED: unknown key/);
    expect(out).toMatch(/not sent +2/);
  });

  test('--dry-run maps and checks, and sends nothing', async () => {
    put(
      'a.ndjson',
      lines(
        aRecord(),
        aRecord({ eventTime: 'redacted' }),
        aRecord({ eventTime: '2024-02-30T00:00:00Z' }),
        aRecord({ n: 2 ** 60 }),
        aRecord({ s: '\u0000' }),
      ),
    );
    const { out, exitCode } = await trailgateImport([folder, '--dry-run'], { key: null });
    expect(gateway.requests).toEqual([]);
    expect(out).toMatch(/accepted +1 \(dry run: nothing was sent\)\nrefused +4/);
    expect(out).toMatch(/:4 {2}INVALID_EVENT.*metadata\.n .*2\^53/);
    expect(exitCode).toBe(1);
  });

  test('--mapping fills environment, department and sensitivity', async () => {
    put('a.ndjson', lines(aRecord()));
    const mapping = put('mapping.yaml', 'accounts: { 111122223333: { environment: PROD } }');
    await trailgateImport([join(folder, 'a.ndjson'), '--mapping', mapping]);
    expect([...gateway.stored.values()][0]).toMatchObject({ environment: 'PROD' });
  });

  test.each<[string, (file: string) => string[], string | null, RegExp]>([
    ['a missing key', (file) => [file], null, /--key is missing/],
    ['a missing file', (file) => [`${file}.gone`], 'tg_key', /there is no such file/],
    ['a missing mapping', (file) => [file, '--mapping', `${file}.gone`], 'tg_key', /no such mapping file/],
    ['a broken mapping', (file) => [file, '--mapping', file], 'tg_key', /cannot be used/],
    ['a refusals file that cannot be written', (file) => [file, '--refusals', join(file, 'x')], 'tg_key', /ENOTDIR/],
  ])('refuses %s before it sends anything, exit code 1', async (_what, args, key, message) => {
    const { err, exitCode } = await trailgateImport(args(put('a.ndjson', lines(aRecord()))), { key });
    expect(err).toMatch(message);
    expect(exitCode).toBe(1);
    expect(gateway.requests).toEqual([]);
  });
});
