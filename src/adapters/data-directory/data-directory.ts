import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { takeOwnership } from './owner-lock.ts';
import { writeWhole } from './whole-file.ts';

export interface DataDirectory {
  readonly path: string;
  readonly logPath: string;
  readonly warehousePath: string;
  /** Emptied at every start. */
  readonly temporaryPath: string;
  /** 32 random bytes, made with the directory: ids, cursors and pseudonyms hang on it. */
  readonly installationKey: Buffer;
  readonly bootstrapKey: string;
  /** True when the key was made just now. */
  readonly bootstrapKeyIsNew: boolean;
  /** True when there was nothing in it. */
  readonly isNew: boolean;
  release(): void;
}

/** What the configuration gives; null: what the directory holds, made at first start. */
export interface GivenKeys {
  readonly bootstrap: string | null;
  readonly installation: Buffer | null;
}

/**
 * Opens the data directory for this process and no other. The lock file names the owner; one left by a process that is
 * gone is taken over. Everything in it is for the owner's eyes only.
 * @throws Error when another process owns it, or when it was made with another installation key than the one given.
 */
export function openDataDirectory(path: string, given: GivenKeys): DataDirectory {
  // Engines make their files themselves, and the folder may have been there before, open to everybody.
  process.umask(0o077);
  const isNew = !existsSync(join(path, INSTALLATION_KEY));
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const release = takeOwnership(path);
  try {
    const temporaryPath = join(path, 'tmp');
    rmSync(temporaryPath, { recursive: true, force: true });
    for (const folder of [temporaryPath, join(path, 'log')]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const installation = readOrMake(path, INSTALLATION_KEY, () =>
      (given.installation ?? randomBytes(32)).toString('hex'),
    );
    if (!/^[0-9a-f]{64}$/.test(installation.text)) {
      throw new Error(`${INSTALLATION_KEY} in the data directory is no key of 64 hexadecimal digits. ${RESTORE}`);
    }
    if (given.installation && installation.text !== given.installation.toString('hex')) {
      throw new Error(
        'The data directory was made with another installation key than TRAILGATE_INSTALLATION_KEY. ' +
          'Ids, cursors and pseudonyms would change: give the key of its installation.key.',
      );
    }
    const bootstrap = given.bootstrap
      ? { text: given.bootstrap, made: false }
      : readOrMake(path, 'bootstrap.key', () => `tg_${randomBytes(24).toString('base64url')}`);
    return {
      path,
      logPath: join(path, 'log'),
      warehousePath: join(path, 'warehouse.duckdb'),
      temporaryPath,
      installationKey: Buffer.from(installation.text, 'hex'),
      bootstrapKey: bootstrap.text,
      bootstrapKeyIsNew: bootstrap.made,
      isNew,
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

const INSTALLATION_KEY = 'installation.key';
const RESTORE = 'Restore it from a backup.';

function readOrMake(path: string, name: string, make: () => string): { text: string; made: boolean } {
  const file = join(path, name);
  if (existsSync(file)) {
    chmodSync(file, 0o600);
    const text = readFileSync(file, 'utf8').trim();
    if (text === '') throw new Error(`${name} in the data directory is empty. ${RESTORE}`);
    return { text, made: false };
  }
  const text = make();
  writeWhole(file, `${text}\n`);
  return { text, made: true };
}
