import { createSnowflakeWarehouse } from '../../../src/adapters/warehouse/snowflake-warehouse.ts';
import { describeWarehouse } from '../../contracts/warehouse.ts';
import { RIG_PRIVATE_KEY, snowflakeDialect } from '../../rigs/snowflake/opened.ts';
import { startFakesnow } from './fakesnow.ts';

describeWarehouse('SnowflakeWarehouse (real driver, fakesnow)', async () => {
  const fakesnow = await startFakesnow();
  const warehouse = await createSnowflakeWarehouse({
    account: 'fakesnow',
    accessUrl: fakesnow.url,
    user: 'TRAILGATE',
    login: { phase: 'key', privateKey: RIG_PRIVATE_KEY },
    database: 'AUDIT_DW',
    schema: 'MART',
    computeWarehouse: 'TRAILGATE_WH',
    roles: { reader: 'READER', writer: 'WRITER' },
    readers: 2,
  });
  await warehouse.write('migrations', async (writer) => {
    await writer.run({ sql: 'create table mart_settings (name varchar not null, setting varchar not null)' });
    await writer.run({ sql: 'create transient table stg_contract (a bigint, m variant)' });
  });
  return {
    warehouse,
    dialect: snowflakeDialect,
    remove: async () => {
      await warehouse.close();
      await fakesnow.stop();
    },
  };
});
