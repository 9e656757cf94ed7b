// What the gateway takes and how far its data goes, now and then.
import { readFileSync } from 'node:fs';

export const sample = async ({ startedAt, pid, url }) => ({
  second: (performance.now() - startedAt) / 1_000,
  residentMiB: residentMiB(pid),
  ...(await readMetrics(url)),
});

function residentMiB(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(kilobytes) / 1_024);
}

/** What the gateway says of itself. */
export async function readMetrics(serverUrl) {
  const text = await (await fetch(`${serverUrl}/metrics`, { signal: AbortSignal.timeout(30_000) })).text();
  const read = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return {
    dataAgeSeconds: Number(read('trailgate_data_age_seconds').toFixed(1)),
    heapMiB: Math.round(read('nodejs_heap_size_used_bytes') / 2 ** 20),
    externalMiB: Math.round(read('nodejs_external_memory_bytes') / 2 ** 20),
    pipelineFailures: read('trailgate_pipeline_failures_total'),
  };
}

/** The middle of ten seconds at minute 2 and at the end; null where the run is too short to tell. */
export function memoryOf(taken, minutes) {
  const end = minutes * 60;
  const around = (second) => {
    const near = taken.filter((sample) => Math.abs(sample.second - second) <= 5).map(({ residentMiB: mib }) => mib);
    return near.sort((a, b) => a - b)[near.length >> 1] ?? null;
  };
  const [minute2, last] = [around(120), around(end - 5)];
  return {
    residentMinute2MiB: minutes >= 4 ? minute2 : null,
    residentEndMiB: last,
    growthMiB: minutes >= 4 ? last - minute2 : null,
    dataAgeMostSeconds: Math.max(...taken.map(({ dataAgeSeconds }) => dataAgeSeconds).filter(isAge)),
  };
}

/** Before the first load the data is as of 1970. */
const isAge = (seconds) => seconds < 1e9;
