// The stock questions (bench/stock-questions.mjs) over a long history: through GraphQL and HTTP, and as bare SQL in a
// plain DuckDB process with the same threads and memory. The file has one owner at a time, so the two take turns in
// blocks; both get the same parameters, and their answers are compared. `npm run build` first.
//   node bench/stock-queries.mjs [--events 1000000] [--days 400] [--users 50000] [--runs 20] [--blocks 2] [--data DIR]
//     [--threads 2] [--memory-mib 1024] [--no-cold] [--json FILE]
// Cold: the first request after a start, the page cache dropped where we may (root).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtWarehouse } from './built-warehouse.mjs';
import { ask, startNode, stopChild } from './children.mjs';
import { createRandom } from './events.mjs';
import { createReport } from './report.mjs';
import { startServer } from './server.mjs';
import { median, percentile } from './statistics.mjs';
import { QUESTIONS } from './stock-questions.mjs';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    events: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '400' },
    users: { type: 'string', default: '50000' },
    runs: { type: 'string', default: '20' },
    blocks: { type: 'string', default: '2' },
    threads: { type: 'string', default: '2' },
    'memory-mib': { type: 'string', default: '1024' },
    cold: { type: 'boolean', default: true },
    data: { type: 'string' },
    json: { type: 'string' },
  },
});
/** An operation is compiled at its third use; runs before it count as neither cold nor warm. */
const WARM_UP_RUNS = 4;
const blocks = Number(values.blocks);
const runsOfBlock = Math.ceil(Number(values.runs) / blocks);
const engine = { threads: Number(values.threads), memoryMiB: Number(values['memory-mib']) };
const report = createReport(`stock${Number(values.events) / 1e6}M`);
const warehouse = await builtWarehouse({
  data: values.data,
  shape: 'history',
  events: Number(values.events),
  days: Number(values.days),
  users: Number(values.users),
});
const history = warehouse.description;

const SIDES = {
  graphql: async () => {
    const server = await startServer(warehouse.path, engine);
    return {
      run: async (question, drawn) => {
        const { text, variables } = question.graphql({ ...history, ...drawn });
        const { data, ms } = await server.query(text, variables);
        return { ms, answer: JSON.stringify(question.answer.graphql(data)) };
      },
      stop: server.stop,
    };
  },
  bare: async () => {
    const child = startNode(
      'bare-warehouse.mjs',
      [
        ...['--file', join(warehouse.path, 'warehouse.duckdb'), '--temp', join(warehouse.path, 'tmp')],
        ...['--threads', values.threads, '--memory-mib', values['memory-mib']],
      ],
      { ipc: true },
    );
    await ask(child, undefined, 120_000);
    return {
      run: async (question, drawn) => {
        const { ms, rows } = await ask(child, question.sql({ ...history, ...drawn }), 120_000);
        return { ms, answer: JSON.stringify(question.answer.sql(rows)) };
      },
      stop: () => stopChild(child),
    };
  },
};

const found = Object.fromEntries(
  QUESTIONS.map(({ name }) => [name, { cold: { graphql: [], bare: [] }, warm: { graphql: [], bare: [] } }]),
);
const dropped = values.cold && dropPageCache();
if (values.cold) await runCold();
for (let block = 0; block < blocks; block += 1) await runWarm(block);
print();
report.end(values.json);
process.exit();

/** A start for each question and side. */
async function runCold() {
  for (const [n, question] of QUESTIONS.entries()) {
    const drawn = question.draw(history, createRandom(1_000 + n));
    const answers = [];
    for (const [side, open] of Object.entries(SIDES)) {
      const opened = await open();
      if (dropped) dropPageCache();
      const { ms, answer } = await opened.run(question, drawn);
      found[question.name].cold[side].push(ms);
      answers.push(answer);
      await opened.stop();
    }
    compare(question, drawn, answers);
  }
}

async function runWarm(block) {
  const answers = new Map();
  for (const [side, open] of Object.entries(SIDES)) {
    const opened = await open();
    for (const [n, question] of QUESTIONS.entries()) {
      const random = createRandom(100 * (block + 1) + n);
      for (let run = 0; run < runsOfBlock + WARM_UP_RUNS; run += 1) {
        const drawn = question.draw(history, random);
        const { ms, answer } = await opened.run(question, drawn);
        if (run >= WARM_UP_RUNS) found[question.name].warm[side].push(ms);
        const key = `${question.name} ${run}`;
        if (answers.has(key)) compare(question, drawn, [answers.get(key), answer]);
        else answers.set(key, answer);
      }
    }
    await opened.stop();
  }
}

function compare(question, drawn, [one, other]) {
  if (one === other) return;
  const short = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
  report.fail(`${question.name} ${JSON.stringify(drawn)}: GraphQL answers ${short(one)}, SQL ${short(other)}`);
}

function print() {
  report.add('events', history.events);
  report.add('builtInSeconds', history.builtInSeconds, 0);
  report.add('coldIs', !values.cold ? 'not measured' : dropped ? 'start and page cache dropped' : 'start only');
  for (const { name } of QUESTIONS) {
    const { cold, warm } = found[name];
    if (values.cold) {
      report.add(`${name}.coldMs`, median(cold.graphql), 1);
      report.add(`${name}.bareColdMs`, median(cold.bare), 1);
    }
    report.add(`${name}.p50Ms`, median(warm.graphql), 1);
    report.goal(`${name}.p95Ms`, percentile(warm.graphql, 0.95), { below: 300 }, 1);
    report.add(`${name}.bareP50Ms`, median(warm.bare), 1);
    report.add(`${name}.bareP95Ms`, percentile(warm.bare, 0.95), 1);
    report.goal(`${name}.ratioP50`, median(warm.graphql) / median(warm.bare), { atMost: 1.5 });
    report.add(`${name}.ratioP95`, percentile(warm.graphql, 0.95) / percentile(warm.bare, 0.95));
  }
}

/** False where we may not. */
function dropPageCache() {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}
