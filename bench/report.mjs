import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Figures of one bench: a `name: value` line for each as it is known, and all of them as JSON at the end. */
export function createReport(bench) {
  const figures = {};
  const goals = {};
  const failures = [];
  const startedAt = new Date();

  const add = (name, value, digits = 2) => {
    const figure = typeof value === 'number' ? Number(value.toFixed(digits)) : value;
    figures[name] = figure;
    console.log(`${bench}.${name}: ${figure}`);
  };

  return {
    add,
    /** A figure with the bound it is meant to keep. A goal that is missed is said, and fails nothing. */
    goal: (name, value, { atLeast, below, atMost }, digits = 2) => {
      add(name, value, digits);
      const met =
        (atLeast === undefined || value >= atLeast) &&
        (below === undefined || value < below) &&
        (atMost === undefined || value <= atMost);
      const bound =
        atLeast !== undefined ? `at least ${atLeast}` : below !== undefined ? `below ${below}` : `at most ${atMost}`;
      goals[name] = { bound, met };
      console.log(`${bench}.${name}.goal: ${bound} (${met ? 'met' : 'missed'})`);
    },
    /** Something that must not be: the bench goes on and ends with exit code 1. */
    fail: (message) => {
      failures.push(message);
      console.log(`${bench}.failure: ${message}`);
    },
    /** Writes the JSON where a file is named, and sets the exit code. */
    end: (file) => {
      const took = (Date.now() - startedAt) / 1_000;
      console.log(`${bench}.tookSeconds: ${took.toFixed(0)}`);
      if (file) {
        const whole = { bench, startedAt, tookSeconds: took, machine: machine(), figures, goals, failures };
        writeFileSync(file, `${JSON.stringify(whole, null, 2)}\n`);
      }
      if (failures.length > 0) process.exitCode = 1;
    },
  };
}

export function machine() {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    nodeEnv: process.env.NODE_ENV ?? 'development',
    commit: git('rev-parse', '--short', 'HEAD'),
    isClean: git('status', '--porcelain', '--', 'src', 'sql', 'bench') === '',
  };
}

function git(...args) {
  try {
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    // A package without its history.
    return null;
  }
}
