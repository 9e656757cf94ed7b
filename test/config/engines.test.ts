import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config/config.ts';

const directory = mkdtempSync(join(tmpdir(), 'trailgate-engines-'));
afterAll(() => rmSync(directory, { recursive: true }));
const keyFile = join(directory, 'snowflake.pem');
writeFileSync(keyFile, 'a key\n');

const onAws = {
  TRAILGATE_MODE: 'aws',
  TRAILGATE_BOOTSTRAP_KEY: 'k'.repeat(16),
  TRAILGATE_INSTALLATION_KEY: '00ff'.repeat(16),
  TRAILGATE_KINESIS_STREAM: 'audit-events',
  TRAILGATE_CONTROL_TABLE: 'trailgate-control',
  TRAILGATE_S3_BUCKET: 'reports',
  TRAILGATE_SNOWFLAKE_ACCOUNT: 'org-account',
  TRAILGATE_SNOWFLAKE_USER: 'TRAILGATE',
  TRAILGATE_SNOWFLAKE_KEY_FILE: keyFile,
};

/** The names of the variables that are called wrong. */
function faultsOf(variables: Readonly<Record<string, string>>): readonly (string | undefined)[] {
  try {
    readConfig(variables);
  } catch (error) {
    return [...(error as Error).message.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name).sort();
  }
  return [];
}

describe('the settings of the engines', () => {
  test('need nothing for a machine of one’s own', () => {
    const { engines } = readConfig({});
    expect(Object.values(engines).map((each) => each?.engine)).toEqual([
      'lmdb',
      'duckdb',
      'lmdb',
      'directory',
      undefined,
    ]);
  });

  test('name at once everything that AWS and Snowflake lack', () => {
    const { TRAILGATE_MODE, ...needed } = onAws;
    expect(faultsOf({ TRAILGATE_MODE })).toEqual(Object.keys(needed).sort());
    expect(faultsOf(onAws)).toEqual([]);
  });

  test('take Snowflake’s key from its file, and refuse a file that is not there', () => {
    const { warehouse } = readConfig(onAws).engines;
    expect(warehouse).toMatchObject({ login: { phase: 'key', privateKey: 'a key' }, names: { database: 'AUDIT_DW' } });
    const elsewhere = { ...onAws, TRAILGATE_SNOWFLAKE_KEY_FILE: join(directory, 'none.pem') };
    expect(faultsOf(elsewhere)).toEqual(['TRAILGATE_SNOWFLAKE_KEY_FILE']);
  });

  test('load DuckDB behind Kinesis from a bucket that must be named', () => {
    const onDuckdb = { ...onAws, TRAILGATE_WAREHOUSE: 'duckdb' };
    expect(faultsOf(onDuckdb)).toEqual(['TRAILGATE_LANDING_BUCKET']);
    const { engines } = readConfig({ ...onDuckdb, TRAILGATE_LANDING_BUCKET: 'landing' });
    expect(engines.landing).toEqual({ bucket: 'landing', prefix: 'events/' });
  });

  test('refuse Snowflake behind the embedded log, which it cannot be loaded from', () => {
    expect(faultsOf({ ...onAws, TRAILGATE_STREAM: 'lmdb' })).toEqual(['TRAILGATE_STREAM']);
  });
});
