import type { Query } from '../../ports/warehouse.ts';
import { RECORDED } from './migrate.ts';
import type { SnowflakeNames } from './snowflake-names.ts';

/** What `doctor` sends. Nothing in it changes a row. */
export const snowflakeQuestions = (names: SnowflakeNames) =>
  ({
    /** Null where the role may not use what the session was opened with. */
    place: {
      sql: `select current_database() as database_name, current_schema() as schema_name,
        current_warehouse() as warehouse_name, current_region() as region, current_version() as version`,
    },
    /** Cannot be answered without compute. */
    compute: { sql: 'select count(*) as n from table(generator(rowcount => 100))' },
    clock: { sql: 'select cast(current_timestamp as timestamp_ntz) as now_at' },
    migrations: RECORDED,
    timeZone: { sql: `select setting from mart_settings where name = 'time_zone'` },
    /** Refused before it is looked at whether there is such a row. */
    mayDelete: { sql: 'delete from audit_events_mart where 1 = 0' },
    readerGrants: { sql: `show grants to role ${names.readerRole}` },
    writerGrants: { sql: `show grants to role ${names.writerRole}` },
    stream: { sql: `show streams like 'LANDED_LINES_FOR_LOAD' in schema ${names.database}.${names.landingSchema}` },
    pipe: {
      sql: `select system$pipe_status('${names.database}.${names.landingSchema}.delivered_lines') as status`,
    },
  }) satisfies Record<string, Query>;
