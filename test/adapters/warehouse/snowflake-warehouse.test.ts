import { describeWarehouse } from '../../contracts/warehouse.ts';
import { openRig, snowflakeDialect } from '../../rigs/snowflake/opened.ts';

describeWarehouse('SnowflakeWarehouse (real driver, protocol server)', async () => {
  const { warehouse, remove } = await openRig();
  return { warehouse, dialect: snowflakeDialect, remove };
});
