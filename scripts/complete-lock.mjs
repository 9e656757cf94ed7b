// `npm install` leaves the platform binaries that a registry does not serve out of package-lock.json, and `npm ci`
// then refuses the file. This adds an entry for every optional dependency that the lock names but does not hold.
// Run it after each `npm install`: npm run lock:complete
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK = new URL('../package-lock.json', import.meta.url);
const OS = ['darwin', 'win32', 'linux', 'freebsd', 'openbsd', 'netbsd', 'android', 'sunos', 'aix', 'openharmony'];
const CPU = ['x64', 'arm64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];
const ALIASES = { windows: 'win32', linuxmusl: 'linux', armv7: 'arm', x86: 'ia32', ppc64le: 'ppc64' };

/** What the registry knows of one package, or null where it does not serve it. */
function viewPackage(spec) {
  try {
    const json = execFileSync(
      'npm',
      ['view', spec, 'version', 'os', 'cpu', 'libc', 'engines', 'dist.integrity', '--json'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const found = JSON.parse(json);
    return Array.isArray(found) ? found.at(-1) : found;
  } catch {
    return null;
  }
}

/** `@x/y-linux-arm64-gnu` says what it runs on in its name; used only where the registry does not answer. */
function platformOfName(name) {
  const words = name.split(/[-/.]/).flatMap((word) => [ALIASES[word] ?? word]);
  const os = words.find((word) => OS.includes(word));
  const cpu = words.find((word) => CPU.includes(word));
  return { ...(os && { os: [os] }), ...(cpu && { cpu: [cpu] }) };
}

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`;
    if (lock.packages[`node_modules/${name}`] || lock.packages[nested]) continue;
    const found = viewPackage(`${name}@${range}`);
    const platform = found ? { os: found.os, cpu: found.cpu, libc: found.libc } : platformOfName(name);
    const version = found?.version ?? range.replace(/^[^0-9]*/, '');
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(found?.['dist.integrity'] && { integrity: found['dist.integrity'] }),
      ...(platform.cpu && { cpu: [platform.cpu].flat() }),
      ...(entry.dev && { dev: true }),
      ...(platform.libc && { libc: [platform.libc].flat() }),
      optional: true,
      ...(platform.os && { os: [platform.os].flat() }),
      ...(found?.engines && { engines: found.engines }),
    };
    added += 1;
    console.log(`added ${name}@${version}${found ? '' : ' (not served by this registry)'}`);
  }
}
const root = lock.packages[''];
const sorted = Object.keys(lock.packages)
  .filter((path) => path !== '')
  .sort((a, b) => (a < b ? -1 : 1));
lock.packages = { '': root, ...Object.fromEntries(sorted.map((path) => [path, lock.packages[path]])) };
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added === 0 ? 'the lock was complete' : `${added} entries added`);
