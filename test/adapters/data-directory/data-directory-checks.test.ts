import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimDirectory } from '../../../src/adapters/data-directory/claim-directory.ts';
import { openDataDirectory } from '../../../src/adapters/data-directory/data-directory.ts';
import {
  dataDirectoryChecks,
  judgeDisk,
  judgeFiles,
  judgeFolder,
} from '../../../src/adapters/data-directory/data-directory-checks.ts';
import { bySubject, findingsOf } from '../findings.ts';

let parent: string;
let path: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'trailgate-doctor-'));
  path = join(parent, 'data');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const GIB = 2 ** 30;
const looking = (installationKey: Buffer | null = null) =>
  findingsOf(dataDirectoryChecks({ path, logMaxBytes: 1, installationKey }));
/** As the server leaves it. */
const make = () => openDataDirectory(path, { bootstrap: null, installation: null }).release();

describe('the data directory', () => {
  test('that is not there yet is no fault', async () => {
    expect(await looking()).toEqual({
      'data directory': `ok: ${path} is not there yet; the first start makes it`,
      'installation key': 'ok: is made at the first start; keep a backup of it then',
      disk: expect.stringMatching(/^ok: [\d.]+ GiB are free$/),
    });
  });

  test('as a server made it has no fault', async () => {
    make();
    expect(await looking()).toEqual({
      'data directory': `ok: ${path}, open to its owner alone`,
      files: expect.stringMatching(/^ok: \d+ of its owner's alone$/),
      'installation key': 'ok: is there and whole',
      disk: expect.stringMatching(/^ok: /),
    });
  });

  test('that is a file is told', async () => {
    writeFileSync(path, '');
    expect((await looking())['data directory']).toBe(`fail: ${path} is no folder. Set TRAILGATE_DATA_DIR to one.`);
  });

  test('that others may enter, and files that they may read, are to be closed', async () => {
    make();
    chmodSync(path, 0o755);
    writeFileSync(join(path, 'log', 'copy'), '', { mode: 0o644 });
    chmodSync(join(path, 'log', 'copy'), 0o644);
    const found = await looking();
    expect(found['data directory']).toMatch(/^warn: .*\(mode 755\)\. Keep them out: chmod 700/);
    expect(found.files).toMatch(/^warn: log\/copy may be read by others .*chmod -R go-rwx/);
  });

  test('with files from the future tells of a clock that was set back', async () => {
    make();
    const later = Date.now() / 1_000 + 3_600;
    utimesSync(join(path, 'installation.key'), later, later);
    expect((await looking()).clock).toMatch(/^warn: installation\.key are from the future.*NTP/);
  });

  const foreign = { path: '/data', nearestFolder: '/data', uid: 1_000, now: 0 };
  test('of somebody else is a failure', () => {
    const [finding] = judgeFolder({
      ...foreign,
      phase: 'folder',
      owner: 0,
      mode: 0o700,
      isWritable: true,
      files: [],
      installationKey: null,
    });
    expect(finding).toMatchObject({ status: 'fail', message: expect.stringContaining('chown -R 1000 /data') });
  });

  test('that may not be written is a failure', () => {
    const [finding] = judgeFolder({
      ...foreign,
      phase: 'folder',
      owner: 1_000,
      mode: 0o500,
      isWritable: false,
      files: [],
      installationKey: null,
    });
    expect(finding).toMatchObject({ status: 'fail', message: expect.stringContaining('chmod u+rwx /data') });
  });

  test('that cannot be made is a failure', () => {
    const [finding] = judgeFolder({ ...foreign, phase: 'absent', canBeMade: false });
    expect(finding).toMatchObject({ status: 'fail', message: expect.stringContaining('TRAILGATE_DATA_DIR') });
  });

  test('with files of somebody else names them', () => {
    const files = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, owner: 0, mode: 0o600, modifiedAt: 0 }));
    const found = judgeFiles({
      ...foreign,
      phase: 'folder',
      owner: 1_000,
      mode: 0o700,
      isWritable: true,
      files,
      installationKey: null,
    });
    expect(bySubject(found).files).toMatch(/^fail: a, b, c and 2 more belong to another user.*chown -R 1000 \/data/);
  });
});

describe('the installation key', () => {
  test('may be the one that is set', async () => {
    expect((await looking(Buffer.alloc(32, 1)))['installation key']).toMatch(
      /^ok: is set by TRAILGATE_INSTALLATION_KEY/,
    );
    openDataDirectory(path, { bootstrap: null, installation: Buffer.alloc(32, 1) }).release();
    expect((await looking(Buffer.alloc(32, 1)))['installation key']).toBe('ok: is there and whole');
  });

  test('that differs from the one that is set is a failure', async () => {
    make();
    expect((await looking(Buffer.alloc(32, 1)))['installation key']).toMatch(
      /^fail: TRAILGATE_INSTALLATION_KEY is another/,
    );
  });

  test('that is broken is a failure', async () => {
    make();
    writeFileSync(join(path, 'installation.key'), 'abc\n');
    expect((await looking())['installation key']).toMatch(/^fail: .*Restore it from a backup/);
  });

  test('that is gone from beside its data is a failure', async () => {
    make();
    writeFileSync(join(path, 'warehouse.duckdb'), '', { mode: 0o600 });
    rmSync(join(path, 'installation.key'));
    expect((await looking())['installation key']).toMatch(/^fail: installation\.key is gone.*Restore it/);
  });
});

test.each([
  [0.5 * GIB, 'fail', 'Make room'],
  [5 * GIB, 'warn', 'TRAILGATE_LOG_MAX_GIB'],
  [50 * GIB, 'ok', '50.0 GiB are free'],
])('%d bytes of the disk free', (freeBytes, status, words) => {
  expect(judgeDisk(20 * GIB, freeBytes)).toMatchObject({ status, message: expect.stringContaining(words) });
});

describe('the claim of a doctor', () => {
  test('makes nothing where nothing is', () => {
    expect(claimDirectory(path)).toEqual({ phase: 'absent' });
  });

  test('is refused while a process owns the directory, and takes it afterwards', () => {
    const directory = openDataDirectory(path, { bootstrap: null, installation: null });
    expect(claimDirectory(path)).toEqual({ phase: 'owned', pid: process.pid });
    directory.release();
    const claim = claimDirectory(path);
    expect(claim.phase).toBe('ours');
    expect(claimDirectory(path)).toEqual({ phase: 'owned', pid: process.pid });
    if (claim.phase === 'ours') claim.release();
    expect(claimDirectory(path).phase).toBe('ours');
  });

  test('is left where the directory cannot be used', () => {
    mkdirSync(path);
    mkdirSync(join(path, 'owner.lock'));
    expect(claimDirectory(path)).toMatchObject({ phase: 'unusable' });
  });
});
