import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDirectory } from '../../../src/adapters/data-directory/data-directory.ts';

const GIVEN_KEY = 'a-key-that-was-given';
const isPosix = process.platform !== 'win32';
const hasProc = existsSync('/proc/self/stat');

describe('a data directory', () => {
  let parent: string;
  let path: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'trailgate-directory-'));
    path = join(parent, 'deep', 'data');
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  const open = (bootstrap: string | null = null, installation: Buffer | null = null) =>
    openDataDirectory(path, { bootstrap, installation });
  const lock = (): string => join(path, 'owner.lock');
  const began = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? '';
  const leaveLock = (text: string): void => {
    open().release();
    writeFileSync(lock(), text);
  };

  test('takes the installation key that is given, and refuses another one later', () => {
    const key = Buffer.alloc(32, 7);
    const first = open(null, key);
    expect(first.installationKey).toEqual(key);
    first.release();
    const again = open(null, null);
    expect(again.installationKey).toEqual(key);
    again.release();
    expect(() => open(null, Buffer.alloc(32, 8))).toThrow('made with another installation key');
    open(null, key).release();
  });

  test('is made with keys of its own, and keeps them', () => {
    const first = open();
    expect(first).toMatchObject({ isNew: true, bootstrapKeyIsNew: true });
    expect(first.installationKey).toHaveLength(32);
    expect(first.bootstrapKey).toMatch(/^tg_.{32}$/);
    first.release();
    const second = open();
    expect(second).toMatchObject({ isNew: false, bootstrapKeyIsNew: false, bootstrapKey: first.bootstrapKey });
    expect(second.installationKey).toEqual(first.installationKey);
    second.release();
  });

  (isPosix ? test : test.skip)('is for the owner alone also where it was there before, open to all', () => {
    const before = process.umask(0o022);
    mkdirSync(path, { recursive: true, mode: 0o755 });
    const directory = open();
    // As an engine makes its file.
    writeFileSync(directory.warehousePath, 'events');
    expect(statSync(directory.warehousePath).mode & 0o077).toBe(0);
    for (const name of readdirSync(path)) expect([name, statSync(join(path, name)).mode & 0o077]).toEqual([name, 0]);
    directory.release();
    process.umask(before);
  });

  test('makes no key where one is given', () => {
    const directory = open(GIVEN_KEY);
    expect(directory).toMatchObject({ bootstrapKey: GIVEN_KEY, bootstrapKeyIsNew: false });
    expect(existsSync(join(path, 'bootstrap.key'))).toBe(false);
    directory.release();
  });

  test('empties its temporary folder at every start, and nothing else', () => {
    const { temporaryPath, logPath, release } = open();
    writeFileSync(join(temporaryPath, 'left'), 'x');
    writeFileSync(join(logPath, 'kept'), 'x');
    release();
    open().release();
    expect(readdirSync(temporaryPath)).toEqual([]);
    expect(readdirSync(logPath)).toEqual(['kept']);
  });

  (isPosix ? test : test.skip)('is for the eyes of its owner only, whatever the modes were before', () => {
    const mode = (name: string): number => statSync(join(path, name)).mode & 0o777;
    const { release } = open();
    expect(mode('.')).toBe(0o700);
    expect([mode('installation.key'), mode('bootstrap.key'), mode('owner.lock')]).toEqual([0o600, 0o600, 0o600]);
    expect([mode('log'), mode('tmp')]).toEqual([0o700, 0o700]);
    release();
    for (const name of ['installation.key', 'bootstrap.key']) chmodSync(join(path, name), 0o666);
    expect(mode('bootstrap.key')).toBe(0o666);
    open().release();
    expect([mode('installation.key'), mode('bootstrap.key')]).toEqual([0o600, 0o600]);
  });

  test('is refused while this process owns it, and open again once it is released', () => {
    const first = open();
    expect(() => open()).toThrow(`belongs to process ${process.pid}, which is running`);
    // The refusal takes nothing from the owner.
    expect(() => open()).toThrow('which is running');
    first.release();
    open().release();
    expect(existsSync(lock())).toBe(false);
  });

  test('is refused while another process owns it, and taken over once that one is gone', async () => {
    const owner = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
    try {
      const pid = owner.pid as number;
      leaveLock(JSON.stringify({ pid, began: hasProc ? began(pid) : '' }));
      expect(() => open()).toThrow(`belongs to process ${pid}`);
      expect(JSON.parse(readFileSync(lock(), 'utf8')).pid).toBe(pid);
    } finally {
      owner.kill('SIGKILL');
      await once(owner, 'exit');
    }
    const taken = open();
    expect(JSON.parse(readFileSync(lock(), 'utf8')).pid).toBe(process.pid);
    taken.release();
  });

  (hasProc ? test : test.skip)('is taken over when its owner is gone and another process has got its id', () => {
    leaveLock(JSON.stringify({ pid: process.ppid, began: '1' }));
    open().release();
  });

  test.each(['', '{"pid":', 'null', '{}', '{"pid":"1"}'])(
    'is taken over from a lock that a crash left as %j',
    (text) => {
      leaveLock(text);
      const taken = open();
      expect(JSON.parse(readFileSync(lock(), 'utf8')).pid).toBe(process.pid);
      taken.release();
    },
  );

  test('leaves nothing behind but what belongs in it', () => {
    leaveLock('');
    writeFileSync(join(path, `owner.lock.${process.pid}`), 'of a process that had this id');
    const { release } = open();
    expect(readdirSync(path).sort()).toEqual(['bootstrap.key', 'installation.key', 'log', 'owner.lock', 'tmp']);
    release();
  });

  test.each([
    ['installation.key', '', 'is empty'],
    ['installation.key', 'not hexadecimal', 'is no key of 64 hexadecimal digits'],
    ['installation.key', 'ab'.repeat(31), 'is no key of 64 hexadecimal digits'],
    ['bootstrap.key', '\n', 'is empty'],
  ])('refuses to go on with %s holding %j, makes no other, and lets go of the directory', (name, text, fault) => {
    open().release();
    writeFileSync(join(path, name), text);
    expect(() => open()).toThrow(`${name} in the data directory ${fault}`);
    expect(readFileSync(join(path, name), 'utf8')).toBe(text);
    expect(existsSync(lock())).toBe(false);
  });
});
