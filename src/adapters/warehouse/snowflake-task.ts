import type { SqlFile } from '../../ports/warehouse.ts';
import type { SnowflakeNames } from './snowflake-names.ts';
import { splitStatements } from './sql-files.ts';
import type { WarehouseSql } from './warehouse-sql.ts';

/**
 * A task that refreshes the marts within Snowflake whenever raw has grown: an option, instead of the gateway's refresher.
 * Its steps are the texts that the gateway sends, their marks being variables of the script; it takes a batch as one part
 * where the gateway would take it in several, which costs more and gives the same. Loading stays with the gateway.
 */
export function refreshTask({ refresh, rebuild }: WarehouseSql, names: SnowflakeNames): string {
  const step = (name: string): string => statementsOf(refresh.find((file) => file.name === name));
  const [spans, ...made] = rebuild;
  const body = `
declare
    overtaken exception (-20001, 'The marts were refreshed by another meanwhile.');
begin
    let now timestamp_ntz := sysdate();
    let after_load bigint := 0;
    let through_load bigint := 0;
    let ingest_node varchar := '';
    let ingest_epoch bigint := 0;
    let ingest_seq bigint := 0;
    let data_as_of timestamp_ntz := null;
    let from_at timestamp_ntz := null;
    let to_at timestamp_ntz := null;
    let from_day varchar := '';
    let to_day varchar := '';
    let inserted bigint := 0;
    let contents bigint := 0;
    let replaced bigint := 0;
    begin transaction;
    -- Reading the stream in a statement that writes moves it on: the task sleeps until raw grows again. What it writes here
    -- nobody reads.
    insert overwrite into stg_touched
    select max(user_id), max(event_day)
    from ${STREAM};

    select load_id into :after_load from pipeline_positions where pipeline = 'refresh';
    select load_id, ingest_node, ingest_epoch, ingest_seq, data_as_of
    into :through_load, :ingest_node, :ingest_epoch, :ingest_seq, :data_as_of
    from pipeline_positions where pipeline = 'load';
    if (through_load > after_load) then
${step('01-claim.sql')}
        select min(timestamp), max(timestamp) into :from_at, :to_at from stg_events;
        if (from_at is not null) then
            from_day := to_char(from_at, 'YYYY-MM-DD');
            to_day := to_char(to_at, 'YYYY-MM-DD');
${step('02-known.sql')}
${step('03-events.sql')}
            select inserted, contents, replaced into :inserted, :contents, :replaced from (
${step('10-found.sql').replace(/;\s*$/, '')}
            ) as found;
            if (contents > 0) then
${step('04-conflicts.sql')}
            end if;
${step('05-cells.sql')}
${step('06-sessions.sql')}
${step('07-users.sql')}
            if (replaced > 0) then
${step('08-touched.sql')}
${statementsOf(spans)}
                select to_char(min(from_at), 'YYYY-MM-DD'), to_char(max(to_at), 'YYYY-MM-DD')
                into :from_day, :to_day
                from stg_spans;
${made.map(statementsOf).join('\n')}
            end if;
        end if;
${step('11-advance.sql')}
        if (sqlrowcount <> 1) then
            raise overtaken;
        end if;
${step('09-late-ids.sql')}
    end if;
    commit;
exception
    when other then
        rollback;
        raise;
end;
`;
  return `-- By an administrator of the account, once:
--   grant execute task on account to role ${names.ownerRole};
-- By the owner, again after each new version and each change of the time zone. Where the gateway refreshes as well, the
-- one that commits second is rolled back.

create stream if not exists ${STREAM}
    on table audit_events_raw
    append_only = true
    comment = 'Read by the task only';

create or replace task ${TASK}
    warehouse = ${names.loadWarehouse}
    timezone = 'UTC'
    date_input_format = 'AUTO'
    user_task_minimum_trigger_interval_in_seconds = 30
    suspend_task_after_num_failures = 5
    comment = 'Adds what was loaded to the marts'
    when system$stream_has_data('${STREAM}')
as
execute immediate $$${body}$$;

alter task ${TASK} resume;
`;
}

const STREAM = 'audit_events_raw_for_refresh';
const TASK = 'refresh_marts';

/** The statements of a file as they stand, with their marks. */
function statementsOf(file: SqlFile | undefined): string {
  if (!file) throw new Error('a file of sql/shared is missing');
  return splitStatements(file.text)
    .map((statement) => `${statement};\n`)
    .join('\n');
}
