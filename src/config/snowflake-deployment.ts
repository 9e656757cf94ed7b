import { environment } from './config.ts';
import type { SnowflakeNames, SnowflakeWarehouse } from './engines.ts';

/** What `trailgate migrate` needs to know before it logs in anywhere. */
export interface SnowflakeDeployment {
  readonly warehouse: 'duckdb' | SnowflakeWarehouse['engine'];
  readonly names: SnowflakeNames;
  /** IANA name. */
  readonly timeZone: string;
}

/** @throws Error that names each variable that is wrong. What only a login needs may be missing. */
export function readSnowflakeDeployment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): SnowflakeDeployment {
  const given = Object.entries(variables).filter(([name, value]) => name.startsWith('TRAILGATE_') && value !== '');
  const parsed = environment.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new Error(`The configuration is wrong:\n${faults.join('\n')}`);
  }
  const env = parsed.data;
  return {
    warehouse: env.TRAILGATE_WAREHOUSE ?? (env.TRAILGATE_MODE === 'aws' ? 'snowflake' : 'duckdb'),
    timeZone: env.TRAILGATE_TIME_ZONE,
    names: {
      database: env.TRAILGATE_SNOWFLAKE_DATABASE,
      martsSchema: env.TRAILGATE_SNOWFLAKE_MARTS_SCHEMA,
      landingSchema: env.TRAILGATE_SNOWFLAKE_LANDING_SCHEMA,
      readWarehouse: env.TRAILGATE_SNOWFLAKE_COMPUTE,
      loadWarehouse: env.TRAILGATE_SNOWFLAKE_LOAD_COMPUTE,
      ownerRole: env.TRAILGATE_SNOWFLAKE_OWNER_ROLE,
      writerRole: env.TRAILGATE_SNOWFLAKE_WRITER_ROLE,
      readerRole: env.TRAILGATE_SNOWFLAKE_READER_ROLE,
      storageIntegration: env.TRAILGATE_SNOWFLAKE_STORAGE_INTEGRATION,
    },
  };
}
