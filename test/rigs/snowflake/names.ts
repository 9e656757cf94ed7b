import { environment } from '../../../src/config/config.ts';
import { snowflakeNames } from '../../../src/config/snowflake.ts';

/** Those of an installation that names nothing itself. */
export const SNOWFLAKE_NAMES = snowflakeNames(environment.parse({}));
