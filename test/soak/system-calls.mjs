// Reads what strace -f -y wrote: system calls in the order in which the kernel let them begin and end.

/** @typedef {{ name: string, fd: string, path: string, text: string, result: number, begin: number, end: number, beganAt: number, endedAt: number }} Call */

const COMPLETE = /^(\d+) +(\d+\.\d+) (\w+)\((.*)\) += (-?\d+)/s;
const UNFINISHED = /^(\d+) +(\d+\.\d+) (\w+)\((.*) <unfinished \.\.\.>$/s;
const RESUMED = /^(\d+) +(\d+\.\d+) <\.\.\. (\w+) resumed>(.*)\) += (-?\d+)/s;
const FILE = /^(\d+)<([^>]*)>/;

/**
 * `begin` and `end` are places in the trace. A call runs only after strace saw it begin, and has run when strace sees it
 * end: one whose `begin` is greater than the `end` of another ran after it, on whatever thread.
 * @returns {Call[]}
 */
export function readCalls(trace) {
  const calls = [];
  const open = new Map();
  trace.split('\n').forEach((line, place) => {
    const complete = COMPLETE.exec(line);
    if (complete) {
      const [, , at, name, args, result] = complete;
      calls.push(aCall(name, args, Number(result), [place, place], [Number(at), Number(at)]));
      return;
    }
    const unfinished = UNFINISHED.exec(line);
    if (unfinished) {
      const [, pid, at, name, args] = unfinished;
      open.set(pid, { name, args, place, at: Number(at) });
      return;
    }
    const resumed = RESUMED.exec(line);
    if (!resumed) return;
    const [, pid, at, name, rest, result] = resumed;
    const begun = open.get(pid);
    open.delete(pid);
    if (begun?.name !== name) return;
    calls.push(aCall(name, begun.args + rest, Number(result), [begun.place, place], [begun.at, Number(at)]));
  });
  return calls.sort((a, b) => a.begin - b.begin);
}

function aCall(name, text, result, [begin, end], [beganAt, endedAt]) {
  const [, fd = '', path = ''] = FILE.exec(text) ?? [];
  return { name, fd, path, text, result, begin, end, beganAt, endedAt };
}

const WRITES = new Set(['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'sendto', 'sendmsg']);
const SYNCS = new Set(['fsync', 'fdatasync', 'msync']);

/** Of the calls on one file: its writes, its syncs, and the writes that are synced when they return. */
export function callsOnFile(calls, ending) {
  const synchronous = new Set(
    calls
      .filter(
        ({ name, text, result }) =>
          name === 'openat' && result >= 0 && text.includes(`${ending}"`) && /O_D?SYNC/.test(text),
      )
      .map(({ result }) => String(result)),
  );
  const here = calls.filter(({ path, result }) => path.endsWith(ending) && result >= 0);
  const writes = here.filter(({ name }) => WRITES.has(name));
  return {
    writes,
    syncs: here.filter(({ name }) => SYNCS.has(name)),
    syncedWrites: writes.filter(({ fd }) => synchronous.has(fd)),
  };
}

export const answersIn = (calls) =>
  calls.filter(({ name, path, result }) => WRITES.has(name) && result >= 0 && /^(socket|TCP)/.test(path));
