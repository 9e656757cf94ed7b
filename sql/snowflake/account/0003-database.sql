-- The database, with a schema for what Snowpipe lands and one for raw, errors and marts. The reader cannot enter the first.
create database if not exists {{DATABASE}} comment = 'Trailgate: audit events and their marts';
create schema if not exists {{DATABASE}}.{{LANDING_SCHEMA}} comment = 'Lines as Firehose delivered them';
create schema if not exists {{DATABASE}}.{{MARTS_SCHEMA}} comment = 'Raw events, errors and marts';

grant ownership on schema {{DATABASE}}.{{LANDING_SCHEMA}} to role {{OWNER_ROLE}} copy current grants;
grant ownership on schema {{DATABASE}}.{{MARTS_SCHEMA}} to role {{OWNER_ROLE}} copy current grants;

grant usage on database {{DATABASE}} to role {{OWNER_ROLE}};
grant usage on database {{DATABASE}} to role {{WRITER_ROLE}};
grant usage on database {{DATABASE}} to role {{READER_ROLE}};
