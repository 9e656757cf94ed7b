import { statfs } from 'node:fs/promises';
import { about, type Checkup, type Finding } from '../../ports/checkup.ts';
import { type DirectoryFacts, readDirectoryFacts } from './directory-facts.ts';

export interface DataDirectoryNeeds {
  readonly path: string;
  /** How large the log may grow; null where there is none here. */
  readonly logMaxBytes: number | null;
  /** What the configuration gives. */
  readonly installationKey: Buffer | null;
}

/** The folder, who may read what is in it, room on its disk, its key. Opens none of its engines. */
export const dataDirectoryChecks = (needs: DataDirectoryNeeds): Checkup => ({
  checks: [
    {
      subject: 'data directory',
      run: async () => {
        const facts = await readDirectoryFacts(needs.path);
        return [
          ...judgeFolder(facts),
          ...(facts.phase === 'folder' ? judgeFiles(facts) : []),
          ...judgeKey(needs.installationKey, facts),
        ];
      },
    },
    { subject: 'disk', run: async () => [judgeDisk(needs.logMaxBytes, await readDisk(needs.path))] },
  ],
  close: async () => undefined,
});

const GIB = 2 ** 30;
const LEAST_FREE_BYTES = GIB;
const NAMES_SHOWN = 3;

export function judgeFolder(facts: DirectoryFacts): Finding[] {
  const { ok, warn, fail } = about('data directory');
  const { path, uid } = facts;
  switch (facts.phase) {
    case 'absent':
      return [
        facts.canBeMade
          ? ok(`${path} is not there yet; the first start makes it`)
          : fail(`${path} is not there, and this user may not make it. Make it, or set TRAILGATE_DATA_DIR to another.`),
      ];
    case 'no folder':
      return [fail(`${path} is no folder. Set TRAILGATE_DATA_DIR to one.`)];
    case 'folder':
      if (facts.owner !== uid) {
        return [
          fail(
            `${path} belongs to user ${facts.owner}, not to ${uid}, who runs this. Run it as its owner, or: chown -R ${uid} ${path}`,
          ),
        ];
      }
      if (!facts.isWritable) return [fail(`${path} cannot be written by this user. Allow it: chmod u+rwx ${path}`)];
      if (facts.mode & 0o077)
        return [
          warn(
            `Others on this machine may enter ${path} (mode ${octal(facts.mode)}). Keep them out: chmod 700 ${path}`,
          ),
        ];
      return [ok(`${path}, open to its owner alone`)];
  }
}

export function judgeFiles({ files, path, uid, now }: Extract<DirectoryFacts, { phase: 'folder' }>): Finding[] {
  const { ok, warn, fail } = about('files');
  const foreign = files.filter(({ owner }) => owner !== uid);
  const open = files.filter(({ mode }) => mode & 0o077);
  const future = files.filter(({ modifiedAt }) => modifiedAt > now + 60_000);
  return [
    ...(foreign.length > 0
      ? [
          fail(
            `${namesOf(foreign)} belong to another user, so that the server cannot use them. Give them back: chown -R ${uid} ${path}`,
          ),
        ]
      : []),
    ...(open.length > 0
      ? [warn(`${namesOf(open)} may be read by others on this machine. Take that away: chmod -R go-rwx ${path}`)]
      : []),
    ...(foreign.length + open.length === 0 ? [ok(`${files.length} of its owner's alone`)] : []),
    ...(future.length > 0
      ? [
          about('clock').warn(
            `${namesOf(future)} are from the future: this machine's clock was set back. Keep it by NTP.`,
          ),
        ]
      : []),
  ];
}

function judgeKey(given: Buffer | null, facts: DirectoryFacts): Finding[] {
  const { ok, fail } = about('installation key');
  if (facts.phase === 'no folder') return [];
  const kept = facts.phase === 'folder' ? facts.installationKey : null;
  if (kept === null) {
    if (facts.phase === 'folder' && facts.files.some(({ name }) => HOLDS_DATA.test(name))) {
      return [
        fail(
          'installation.key is gone, and data made with it is there. Restore it from a backup: ids and pseudonyms hang on it.',
        ),
      ];
    }
    return [
      ok(given ? 'is set by TRAILGATE_INSTALLATION_KEY' : 'is made at the first start; keep a backup of it then'),
    ];
  }
  if (!/^[0-9a-f]{64}$/.test(kept))
    return [fail('installation.key is no key of 64 hexadecimal digits. Restore it from a backup.')];
  if (given && given.toString('hex') !== kept) {
    return [
      fail(
        'TRAILGATE_INSTALLATION_KEY is another one than that of the data directory. Give the one in installation.key, or ids and pseudonyms change.',
      ),
    ];
  }
  return [ok('is there and whole')];
}

const HOLDS_DATA = /^(warehouse\.duckdb|log\/data\.mdb)$/;

export function judgeDisk(logMaxBytes: number | null, freeBytes: number): Finding {
  const { ok, warn, fail } = about('disk');
  const free = `${(freeBytes / GIB).toFixed(1)} GiB are free`;
  if (freeBytes < LEAST_FREE_BYTES)
    return fail(`Only ${free}. Make room: below 1 GiB the log or the warehouse may stop.`);
  if (logMaxBytes !== null && freeBytes < logMaxBytes) {
    return warn(
      `${free}, and the log may grow to ${(logMaxBytes / GIB).toFixed(1)} GiB. Make room, or lower TRAILGATE_LOG_MAX_GIB.`,
    );
  }
  return ok(free);
}

/** Of the file system that the directory is or will be on. */
async function readDisk(path: string): Promise<number> {
  const { nearestFolder } = await readDirectoryFacts(path);
  const { bavail, bsize } = await statfs(nearestFolder);
  return bavail * bsize;
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(3, '0');

function namesOf(files: readonly { readonly name: string }[]): string {
  const shown = files.slice(0, NAMES_SHOWN).map(({ name }) => name);
  const more = files.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
