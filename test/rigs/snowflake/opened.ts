import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import {
  createSnowflakeWarehouse,
  type SnowflakeOptions,
} from '../../../src/adapters/warehouse/snowflake-warehouse.ts';
import { readSqlFile, readSqlFolder } from '../../../src/adapters/warehouse/sql-files.ts';
import { snowflakeTokens } from '../../../src/adapters/warehouse/warehouse-sql.ts';
import type { Warehouse } from '../../../src/ports/warehouse.ts';
import type { ContractDialect } from '../../contracts/warehouse.ts';
import { createSnowflakeRig, type RigOptions, type SnowflakeRig } from './protocol-server.ts';
import { spellForDuckdb } from './spellings.ts';

export interface OpenedRig {
  readonly rig: SnowflakeRig;
  readonly warehouse: Warehouse;
  /** A further warehouse on the same rig; closed by whoever asked for it. */
  another(options: Partial<SnowflakeOptions>): Promise<Warehouse>;
  remove(): Promise<void>;
}

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

export const RIG_PRIVATE_KEY = keys.privateKey;
export const RIG_PUBLIC_KEY = keys.publicKey;

export const snowflakeDialect: ContractDialect = {
  json: (expression) => `parse_json(${expression})`,
  numbers: (count) => `select row_number() over (order by null) - 1 as n from table(generator(rowcount => ${count}))`,
  endless: `select count(*) as n from
    (select row_number() over (order by null) as x from table(generator(rowcount => 100000))) as a,
    (select row_number() over (order by null) as y from table(generator(rowcount => 100000))) as b,
    (select row_number() over (order by null) as z from table(generator(rowcount => 100000))) as c
    where mod(a.x * b.y + c.z, 7) = 3`,
  oneMoment: 'statement',
};

/** The real driver against the rig, with the tables of Trailgate in it. */
export async function openRig(
  rigOptions: Partial<RigOptions> = {},
  options: Partial<SnowflakeOptions> = {},
): Promise<OpenedRig> {
  const rig = await createSnowflakeRig({
    account: 'rig',
    user: 'TRAILGATE',
    publicKey: keys.publicKey,
    roles: { RIG_READER: 'read', RIG_WRITER: 'write' },
    prelude: tables(),
    ...rigOptions,
  });
  const another = (more: Partial<SnowflakeOptions>): Promise<Warehouse> =>
    createSnowflakeWarehouse({
      account: 'rig',
      accessUrl: rig.url,
      user: 'TRAILGATE',
      login: { phase: 'key', privateKey: keys.privateKey },
      database: 'AUDIT_DW',
      schema: 'MART',
      computeWarehouse: 'TRAILGATE_WH',
      roles: { reader: 'RIG_READER', writer: 'RIG_WRITER' },
      readers: 2,
      ...options,
      ...more,
    });
  const warehouse = await another({});
  return {
    rig,
    warehouse,
    another,
    remove: async () => {
      await rig.recover();
      await warehouse.close();
      await rig.close();
    },
  };
}

/** The product's own tables, in its own words for Snowflake; of its functions those that DuckDB has another way. */
export function tables(): string[] {
  const sql = (...path: string[]) => join(process.cwd(), 'sql', ...path);
  const tokens = snowflakeTokens('UTC', 'LANDING');
  const statements = [
    ...readSqlFolder(sql('shared', 'migrations'), tokens).flatMap((file) => file.statements),
    ...readSqlFile(sql('snowflake', 'migrations', '0003-staging.sql'), tokens).statements,
  ].map((statement) => statement().sql);
  return [
    ...readSqlFile(sql('duckdb', 'catalogue.sql'), { TIME_ZONE: 'UTC' }).statements.map((statement) => statement().sql),
    ...[...statements, 'create transient table stg_contract (a bigint, m variant)'].flatMap(
      (text) => spellForDuckdb(text).statements,
    ),
  ];
}
