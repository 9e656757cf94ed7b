-- Loads each object soon after Firehose wrote it: the bucket's notifications go to the queue that `show pipes` names.
-- Never `or replace`: the pipe would forget which objects it has loaded. Firehose names an object
-- PREFIX STREAM-VERSION-yyyy-MM-dd-HH-mm-ss-UUID EXTENSION; only the extension is ours, so only it is matched.
create pipe if not exists {{LANDING_SCHEMA}}.delivered_lines
    auto_ingest = true
    comment = 'From what Firehose delivered into landed_lines'
as
copy into {{LANDING_SCHEMA}}.landed_lines (line, file_name, file_row_number, landed_at)
from (
    select
        $1,
        metadata$filename,
        metadata$file_row_number,
        convert_timezone('UTC', metadata$start_scan_time)::timestamp_ntz
    from @{{LANDING_SCHEMA}}.delivered
)
file_format = (format_name = {{LINE_FORMAT}})
pattern = '.*[.]ndjson[.]gz'
on_error = continue;
