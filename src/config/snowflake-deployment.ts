import { environment } from './config.ts';
import { type Engines, warehouseEngine } from './engines.ts';
import { parseVariables } from './parse-variables.ts';
import { type SnowflakeNames, snowflakeNames } from './snowflake.ts';

/** What `trailgate migrate` needs to know before it logs in anywhere. */
export interface SnowflakeDeployment {
  readonly warehouse: Engines['warehouse']['engine'];
  readonly names: SnowflakeNames;
  /** IANA name. */
  readonly timeZone: string;
}

/** @throws Error that names each variable that is wrong. What only a login needs may be missing. */
export function readSnowflakeDeployment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): SnowflakeDeployment {
  const env = parseVariables(environment, variables);
  return {
    warehouse: warehouseEngine(env),
    timeZone: env.TRAILGATE_TIME_ZONE,
    names: snowflakeNames(env),
  };
}
