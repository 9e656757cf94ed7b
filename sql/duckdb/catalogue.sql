-- Run once at every opening, before the migrations: what the shared SQL expects of the engine. {{TIME_ZONE}} is the
-- organisation's zone, for off-hours.
create type if not exists timestamp_ntz as timestamp;
create or replace macro sha2(x, bits) as sha256(x);
create or replace macro local_hour(ts) as extract(hour from timezone('{{TIME_ZONE}}', timezone('UTC', ts)));
create or replace macro iso_utc(ts) as strftime(ts, '%Y-%m-%dT%H:%M:%S.%gZ');
create or replace macro array_construct(x) as [x];
create or replace macro array_union_agg(x) as list_sort(list_distinct(flatten(list(x))));
create or replace macro array_contains(x, xs) as list_contains(xs, x);
create or replace macro event_id_hash(x) as cast('0x' || substr(md5(x), 1, 15) as bigint);
