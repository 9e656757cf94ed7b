-- Functions of Snowflake that the adapter itself writes; run once on the rig's DuckDB.
create or replace macro parse_json(x) as cast(x as json);
create or replace macro get_path(j, p) as json_extract_string(j, '$."' || p || '"');
create or replace macro get(j, k) as json_extract(j, '$."' || k || '"');
create or replace macro strip_null_value(j) as case when json_type(j) = 'NULL' then null else j end;
