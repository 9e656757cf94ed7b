import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export interface DataDirectory {
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

/**
 * Opens the data directory for this process and no other. The lock file names the owner; one left by a process that is
 * gone is taken over. Everything in it is for the owner's eyes only.
 * @throws Error when another process owns it.
 */
export function openDataDirectory(path: string, givenBootstrapKey: string | null): DataDirectory {
  const isNew = !existsSync(join(path, INSTALLATION_KEY));
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const release = takeLock(path);
  try {
    const temporaryPath = join(path, 'tmp');
    rmSync(temporaryPath, { recursive: true, force: true });
    for (const folder of [temporaryPath, join(path, 'log')]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const installation = readOrMake(path, INSTALLATION_KEY, () => randomBytes(32).toString('hex'));
    const bootstrap = givenBootstrapKey
      ? { text: givenBootstrapKey, made: false }
      : readOrMake(path, 'bootstrap.key', () => `tg_${randomBytes(24).toString('base64url')}`);
    return {
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

function readOrMake(path: string, name: string, make: () => string): { text: string; made: boolean } {
  const file = join(path, name);
  if (existsSync(file)) {
    chmodSync(file, 0o600);
    const text = readFileSync(file, 'utf8').trim();
    if (text === '') throw new Error(`${name} in the data directory is empty. Restore it from a backup.`);
    return { text, made: false };
  }
  const text = make();
  writeDurably(file, `${text}\n`);
  return { text, made: true };
}

function writeDurably(file: string, text: string): void {
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

interface Owner {
  readonly pid: number;
  /** When the process began, as its system tells it: process ids are used again. */
  readonly began: string;
}

function takeLock(path: string): () => void {
  const file = join(path, 'owner.lock');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeDurably(file, JSON.stringify({ pid: process.pid, began: beganAt(process.pid) } satisfies Owner));
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = readOwner(file);
      if (owner && isAlive(owner)) {
        throw new Error(
          `The data directory belongs to process ${owner.pid}, which is running. Stop it, or set TRAILGATE_DATA_DIR to another directory.`,
        );
      }
      rmSync(file, { force: true });
    }
  }
  throw new Error('The data directory could not be locked: other processes start on it at the same time.');
}

function readOwner(file: string): Owner | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    // Gone meanwhile, or cut off by a crash while it was written.
    return null;
  }
}

function isAlive({ pid, began }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return beganAt(pid) === began;
}

/** Field 22 of /proc/PID/stat; empty where there is no /proc, so that only the process id counts. */
function beganAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
