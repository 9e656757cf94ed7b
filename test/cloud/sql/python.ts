import { spawn } from 'node:child_process';
import { join } from 'node:path';

const PYTHON = join(process.cwd(), '.venv-cloud', 'bin', 'python');
const SCRIPT = join(__dirname, 'check.py');

/** Asks test/cloud/sql/check.py; test/cloud/setup.sh has made its environment. */
export function askPython<T>(question: Readonly<Record<string, unknown>>): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      err += data;
    });
    child.on('error', (error) => reject(new Error(`${error.message}. Run test/cloud/setup.sh first.`)));
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(out) as T) : reject(new Error(err.slice(-4_000)))));
    child.stdin.end(JSON.stringify(question));
  });
}

export interface Fault {
  readonly name: string;
  readonly fault: string;
}
