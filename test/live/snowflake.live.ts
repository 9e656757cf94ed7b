import { readFileSync } from 'node:fs';
import { createSnowflakeWarehouse } from '../../src/adapters/warehouse/snowflake-warehouse.ts';
import { describeWarehouse } from '../contracts/warehouse.ts';
import { SNOWFLAKE_NAMES } from '../rigs/snowflake/names.ts';
import { snowflakeDialect } from '../rigs/snowflake/opened.ts';
import { createOwnSchema, dropOwnSchema, type OwnSchemaOptions } from './own-schema.ts';
import { describeLive, optional, RUN } from './settings.ts';

const NEEDED = [
  'TRAILGATE_LIVE_SNOWFLAKE_ACCOUNT',
  'TRAILGATE_LIVE_SNOWFLAKE_USER',
  'TRAILGATE_LIVE_SNOWFLAKE_KEY_FILE',
  'TRAILGATE_LIVE_SNOWFLAKE_DATABASE',
] as const;

describeLive('Snowflake', NEEDED, (given) => {
  describeWarehouse('Snowflake', async () => {
    const accessUrl = optional('TRAILGATE_LIVE_SNOWFLAKE_URL', '');
    const own: OwnSchemaOptions = {
      login: {
        account: given.TRAILGATE_LIVE_SNOWFLAKE_ACCOUNT,
        ...(accessUrl !== '' && { accessUrl }),
        user: given.TRAILGATE_LIVE_SNOWFLAKE_USER,
        login: { phase: 'key', privateKey: readFileSync(given.TRAILGATE_LIVE_SNOWFLAKE_KEY_FILE, 'utf8') },
        database: given.TRAILGATE_LIVE_SNOWFLAKE_DATABASE,
        computeWarehouse: optional('TRAILGATE_LIVE_SNOWFLAKE_COMPUTE', SNOWFLAKE_NAMES.readWarehouse),
      },
      schema: `TRAILGATE_${RUN.replaceAll('-', '_').toUpperCase()}`,
      roles: {
        owner: optional('TRAILGATE_LIVE_SNOWFLAKE_OWNER_ROLE', SNOWFLAKE_NAMES.ownerRole),
        reader: optional('TRAILGATE_LIVE_SNOWFLAKE_READER_ROLE', SNOWFLAKE_NAMES.readerRole),
        writer: optional('TRAILGATE_LIVE_SNOWFLAKE_WRITER_ROLE', SNOWFLAKE_NAMES.writerRole),
      },
    };
    try {
      await createOwnSchema(own);
      const warehouse = await createSnowflakeWarehouse({
        ...own.login,
        schema: own.schema,
        roles: own.roles,
        readers: 2,
      });
      const remove = async (): Promise<void> => {
        await warehouse.close();
        await dropOwnSchema(own);
      };
      return { warehouse, dialect: snowflakeDialect, remove };
    } catch (error) {
      await dropOwnSchema(own);
      throw error;
    }
  });
});
