import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf, startNode } from './children.mjs';

const BUILD_TIMEOUT_MS = 3 * 3_600_000;

/**
 * A data directory that holds such a warehouse: the named one, built where there is none and kept, or a temporary one,
 * gone with the bench. `description` is its bench.json.
 * @throws Error when the named directory holds something else.
 */
export async function builtWarehouse({ data, shape, events, days = 400, users = 50_000, threads = 2 }) {
  const kept = data !== undefined;
  const path = data ?? join(temporaryFolder(), 'data');
  if (!existsSync(path)) {
    process.stderr.write(`building a warehouse of ${events.toLocaleString('en')} events in ${path}\n`);
    // Beyond ten million the first part is copied: see build-warehouse.
    const segments = shape === 'history' && events > 10_000_000 ? 10 : 1;
    const args = { data: path, shape, events, days, users, threads, segments };
    const child = startNode(
      'build-warehouse.mjs',
      Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]),
    );
    await outputOf(child, BUILD_TIMEOUT_MS);
  }
  const file = join(path, 'bench.json');
  if (!existsSync(file)) throw new Error(`${path} was not built by the bench: it has no bench.json`);
  const description = JSON.parse(readFileSync(file, 'utf8'));
  const today = new Date().toISOString().slice(0, 10);
  const isWanted =
    description.shape === shape && description.events === events && (shape !== 'today' || description.day === today);
  if (!isWanted) {
    throw new Error(
      `${path} holds ${description.events} events (${description.shape}, built on ${description.day}), not ${events} (${shape}). ` +
        'Remove it, or name another directory.',
    );
  }
  return { path, description, kept };
}

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'trailgate-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
