// A process of its own for bench/snowflake-statements.mjs: the protocol of Snowflake with marts behind it, which counts what
// it is asked; and kinesalite, without which a gateway on Snowflake does not start.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSnowflakeLanding } from '../src/adapters/landing/snowflake-landing.ts';
import { createSnowflakeWarehouse } from '../src/adapters/warehouse/snowflake-warehouse.ts';
import { readWarehouseSql } from '../src/adapters/warehouse/warehouse-sql.ts';
import { createLandedLoader } from '../src/load/landed-loader.ts';
import { createRefresh } from '../src/marts/refresh.ts';
import { systemClock } from '../src/ports/clock.ts';
import { startKinesalite } from '../test/rigs/kinesalite.ts';
import { createStream } from '../test/rigs/kinesis-endpoint.ts';
import { createSnowflakeRig } from '../test/rigs/snowflake/protocol-server.ts';
import { answerParent } from '../test/soak/kinesis-rig-answers.ts';
import { landedLines } from './snowflake-landed-lines.ts';
import { RIG_TOKENS, rigTables, STAGE_STATEMENTS, TELL_OF_DATA } from './snowflake-rig-tables.ts';

const { filledFrom } = JSON.parse(process.argv[2] ?? '{}') as { readonly filledFrom: string };
const [account, user] = ['rig', 'TRAILGATE'];
const roles = { reader: 'TRAILGATE_READER', writer: 'TRAILGATE_WRITER' };
const streamName = 'audit-events';
const sqlDirectory = join(process.cwd(), 'sql');

const place = mkdtempSync(join(tmpdir(), 'trailgate-snowflake-'));
process.on('exit', () => rmSync(place, { recursive: true, force: true }));
const [keyFile, landed] = [join(place, 'key.pem'), join(place, 'landed.ndjson')];
const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
writeFileSync(keyFile, keys.privateKey, { mode: 0o600 });
writeFileSync(landed, await landedLines({ events: 1_000, node: `node-${randomBytes(4).toString('hex')}` }));

const rig = await createSnowflakeRig({
  account,
  user,
  publicKey: keys.publicKey,
  roles: { [roles.reader]: 'read', [roles.writer]: 'write' },
  prelude: rigTables({ sqlDirectory, filledFrom, landed }),
});
const kinesalite = await startKinesalite();
await createStream(kinesalite.url, streamName, 1);

answerParent(
  { url: rig.url, account, user, roles, keyFile, kinesisUrl: kinesalite.url, streamName },
  {
    /** Statements of readers since the start: what the engine's history would show. */
    reads: () => rig.statements.filter(({ parameters }) => tagOf(parameters).includes('"kind":"read"')).length,
    logins: () => rig.logins.length,
    loadAndRefresh,
    stop: async () => {
      await kinesalite.stop();
      await rig.close();
    },
  },
);

const tagOf = (parameters: Readonly<Record<string, unknown>>): string => String(parameters.QUERY_TAG ?? '');

/** One load of a thousand events and the refresh behind it, through the real driver; and a look that finds nothing. */
async function loadAndRefresh() {
  const warehouse = await createSnowflakeWarehouse({
    account,
    accessUrl: rig.url,
    user,
    login: { phase: 'key', privateKey: keys.privateKey },
    database: 'AUDIT_DW',
    schema: 'MARTS',
    computeWarehouse: 'TRAILGATE_WH',
    roles,
    readers: 1,
  });
  const sql = readWarehouseSql(sqlDirectory, 'duckdb', RIG_TOKENS);
  const stage = { name: 'stage.sql', text: '', statements: STAGE_STATEMENTS.map((text) => () => ({ sql: text })) };
  const theirs = {
    load: readFileSync(join(sqlDirectory, 'snowflake', 'load.sql'), 'utf8'),
    stage: readFileSync(join(sqlDirectory, 'snowflake', 'stage.sql'), 'utf8'),
  };
  if (countOf(theirs.stage) !== STAGE_STATEMENTS.length || countOf(theirs.load) !== sql.load.statements.length) {
    throw new Error('Snowflake is loaded by another number of statements than here');
  }
  const landing = createSnowflakeLanding({ warehouse, sql: stage, landingSchema: 'LANDING' });
  const loader = await createLandedLoader({ landing, warehouse, sql, clock: systemClock });
  const refresh = createRefresh({ warehouse, sql, clock: systemClock });
  // The first one also opens the session.
  await loader.loadNext();
  const atFirst = rig.statements.length;
  await loader.loadNext();
  const look = rig.statements.length - atFirst;
  await warehouse.write('load', (writer) => writer.run({ sql: TELL_OF_DATA }));
  const before = rig.statements.length;
  const load = await loader.loadNext();
  const afterLoad = rig.statements.length;
  const report = await refresh.refresh();
  const afterRefresh = rig.statements.length;
  await warehouse.close();
  return {
    lines: load.lines,
    inserted: report.inserted,
    look,
    load: afterLoad - before,
    refresh: afterRefresh - afterLoad,
  };
}

const countOf = (text: string): number => text.split('\n').filter((line) => line.trimEnd().endsWith(';')).length;
