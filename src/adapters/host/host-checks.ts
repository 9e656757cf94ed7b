import { totalmem } from 'node:os';
import { about, type Checkup, type Finding } from '../../ports/checkup.ts';

export interface HostFacts {
  /** For example `20.19.0`. */
  readonly nodeVersion: string;
  readonly memoryBytes: number;
  readonly now: number;
}

export interface HostNeeds {
  /** What the embedded warehouse may take; null where there is none. */
  readonly duckdbMemoryMiB: number | null;
}

/** What every engine stands on: the runtime, memory, the clock. */
export const hostChecks = (needs: HostNeeds, facts: () => HostFacts = readFacts): Checkup => ({
  checks: [{ subject: 'Node', run: async () => judgeHost(needs, facts()) }],
  close: async () => undefined,
});

const OLDEST_NODE = [20, 19] as const;
/** The oldest release line that still gets security fixes. */
const MAINTAINED_NODE = 22;
const MIB = 2 ** 20;
/** Node itself, the log's pages in memory, and everything else that runs here. */
const BESIDE_DUCKDB = 0.35;
/** When this was written; a clock before it was never set. */
const EARLIEST = Date.UTC(2026, 0, 1);

export const judgeHost = ({ duckdbMemoryMiB }: HostNeeds, { nodeVersion, memoryBytes, now }: HostFacts): Finding[] => [
  judgeNode(nodeVersion),
  ...(duckdbMemoryMiB === null ? [] : [judgeMemory(duckdbMemoryMiB, memoryBytes)]),
  judgeClock(now),
];

function judgeNode(version: string): Finding {
  const node = about('Node');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    return node.fail(`${version} is too old. Install ${oldestMajor}.${oldestMinor} or later, best ${MAINTAINED_NODE}.`);
  }
  if (major < MAINTAINED_NODE) {
    return node.warn(
      `${version} works, but its release line no longer gets security fixes. Install ${MAINTAINED_NODE}.`,
    );
  }
  return node.ok(version);
}

function judgeMemory(duckdbMemoryMiB: number, memoryBytes: number): Finding {
  const memory = about('memory');
  const MiB = Math.floor(memoryBytes / MIB);
  const most = Math.floor(MiB * (1 - BESIDE_DUCKDB));
  if (duckdbMemoryMiB <= most) return memory.ok(`DuckDB may take ${duckdbMemoryMiB} of ${MiB} MiB`);
  return memory.warn(
    `DuckDB may take ${duckdbMemoryMiB} of ${MiB} MiB, which leaves too little for the rest. ` +
      `Set TRAILGATE_DUCKDB_MEMORY_MIB to ${most} or less.`,
  );
}

function judgeClock(now: number): Finding {
  const clock = about('clock');
  const time = new Date(now).toISOString();
  return now < EARLIEST
    ? clock.fail(`It is ${time} by this machine, which cannot be. Set its clock, and keep it by NTP.`)
    : clock.ok(`It is ${time} by this machine`);
}

/** Of a container what it is held to, where that is less than the machine has. */
function readFacts(): HostFacts {
  const limit = process.constrainedMemory();
  return {
    nodeVersion: process.versions.node,
    memoryBytes: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
    now: Date.now(),
  };
}
