-- What the shared SQL calls by our own names (sql/duckdb/catalogue.sql has the same for DuckDB).

-- A time as the API writes it.
create function if not exists iso_utc(at_time timestamp_ntz)
returns varchar
language sql
immutable
as $$
    to_char(at_time, 'YYYY-MM-DD"T"HH24:MI:SS.FF3"Z"')
$$;

-- Sixty bits of a hash: a number that any engine can keep, sort and compare.
create function if not exists event_id_hash(event_id varchar)
returns bigint
language sql
immutable
as $$
    to_number(substr(md5(event_id), 1, 15), 'XXXXXXXXXXXXXXX')
$$;
