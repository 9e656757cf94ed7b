-- Functions of Snowflake that the product's statements call; run once on the rig's DuckDB.
create or replace macro parse_json(x) as cast(x as json);
create or replace macro get_path(j, p) as json_extract_string(j, '$.' || p);
create or replace macro get(j, k) as
    json_extract(j, case when typeof(k) = 'VARCHAR' then '$."' || k || '"' else '$[' || k || ']' end);
create or replace macro strip_null_value(j) as case when json_type(j) = 'NULL' then null else j end;
create or replace macro try_to_timestamp_ntz(x, format) as try_cast(x as timestamp);
create or replace macro convert_timezone(source, target, ts) as timezone(target, timezone(source, ts));
create or replace macro startswith(x, y) as starts_with(x, y);
create or replace macro endswith(x, y) as ends_with(x, y);
