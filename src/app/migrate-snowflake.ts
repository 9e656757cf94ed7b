import type { SnowflakeMigrationOptions } from '../adapters/warehouse/snowflake-migrations.ts';
import type { SnowflakeWarehouse } from '../config/snowflake.ts';
import { systemClock } from '../ports/clock.ts';
import type { Warehouse } from '../ports/warehouse.ts';
import { snowflakeAccount } from './snowflake-account.ts';

/** Everything that an empty account would be sent, as a script. Connects to nothing. */
export async function snowflakeScript(options: SnowflakeMigrationOptions): Promise<string> {
  const { readSnowflakeMigrations, scriptOf } = await import('../adapters/warehouse/snowflake-migrations.ts');
  return scriptOf(readSnowflakeMigrations(options), systemClock.now);
}

/** The task that refreshes within Snowflake, as a script. */
export async function snowflakeRefreshTask(
  { sqlDirectory, names }: SnowflakeMigrationOptions,
  timeZone: string,
): Promise<string> {
  const { refreshTask } = await import('../adapters/warehouse/snowflake-task.ts');
  const { readWarehouseSql, snowflakeTokens } = await import('../adapters/warehouse/warehouse-sql.ts');
  const tokens = snowflakeTokens(timeZone, names.landingSchema);
  return refreshTask(readWarehouseSql(sqlDirectory, 'snowflake', tokens), names);
}

/** Runs what has not run yet, as the owner; answers the names of the files. */
export async function migrateSnowflake(
  options: SnowflakeMigrationOptions,
  engine: SnowflakeWarehouse,
): Promise<readonly string[]> {
  const { readSnowflakeMigrations } = await import('../adapters/warehouse/snowflake-migrations.ts');
  const { migrate } = await import('../adapters/warehouse/migrate.ts');
  const { database } = readSnowflakeMigrations(options);
  return withWarehouse(options, engine, engine.names.ownerRole, async (warehouse) => {
    const { applied } = await migrate(warehouse, database, { now: systemClock.now, ddlCommits: true });
    return applied;
  });
}

/** Makes roles, compute, database and access to the bucket, where they are missing; answers the names of the files. */
export async function prepareSnowflakeAccount(
  options: SnowflakeMigrationOptions,
  engine: SnowflakeWarehouse,
  role: string,
): Promise<readonly string[]> {
  const { readSnowflakeMigrations } = await import('../adapters/warehouse/snowflake-migrations.ts');
  const { account } = readSnowflakeMigrations(options);
  return withWarehouse(options, engine, role, async (warehouse) => {
    for (const statement of account.flatMap(({ statements }) => statements)) {
      await warehouse.write('migrations', (writer) => writer.run(statement()));
    }
    return account.map(({ name }) => name);
  });
}

async function withWarehouse<T>(
  { names }: SnowflakeMigrationOptions,
  engine: SnowflakeWarehouse,
  role: string,
  work: (warehouse: Warehouse) => Promise<T>,
): Promise<T> {
  const { createSnowflakeWarehouse } = await import('../adapters/warehouse/snowflake-warehouse.ts');
  const warehouse = await createSnowflakeWarehouse({
    ...snowflakeAccount(engine),
    database: names.database,
    schema: names.martsSchema,
    computeWarehouse: names.loadWarehouse,
    roles: { reader: role, writer: role },
    readers: 1,
  });
  try {
    return await work(warehouse);
  } finally {
    await warehouse.close();
  }
}
