-- Where Snowpipe puts what Firehose delivered. The pipe itself comes last (0005): a stream that is made after rows have
-- arrived would miss them.

-- A line is read as text, not as JSON: an unreadable one then costs itself and not its file, and is kept as it came. No
-- character of a line means anything to the format but its end.
create file format if not exists {{LANDING_SCHEMA}}.ndjson_lines
    type = csv
    compression = auto
    record_delimiter = '\n'
    field_delimiter = none
    escape = none
    escape_unenclosed_field = none
    field_optionally_enclosed_by = none
    trim_space = false
    null_if = ()
    empty_field_as_null = false
    skip_blank_lines = false
    replace_invalid_characters = false
    encoding = 'UTF8'
    comment = 'One column: the line';

create stage if not exists {{LANDING_SCHEMA}}.delivered
    url = {{LANDING_URL}}
    storage_integration = {{STORAGE_INTEGRATION}}
    file_format = (format_name = {{LINE_FORMAT}})
    comment = 'Objects that Firehose delivered';

-- One row is one line of one object. Kept, so that everything behind it can be made anew.
create table if not exists {{LANDING_SCHEMA}}.landed_lines (
    line varchar not null,
    file_name varchar not null,
    file_row_number bigint not null,
    landed_at timestamp_ntz not null
)
cluster by (cast(landed_at as date))
-- The stream below keeps its place for as long as the loader stands still, up to this.
max_data_extension_time_in_days = 30
comment = 'Lines as Snowpipe read them';

-- Lines that are no UTF-8 are set aside with all that is known of them: error_table(landed_lines).
alter table {{LANDING_SCHEMA}}.landed_lines set error_logging = true;

-- What no load has taken yet. The loader is its only reader: whoever else reads it in a statement that writes takes
-- lines away from the loader.
create stream if not exists {{LANDING_SCHEMA}}.landed_lines_for_load
    on table {{LANDING_SCHEMA}}.landed_lines
    append_only = true
    comment = 'Read by the loader only';
