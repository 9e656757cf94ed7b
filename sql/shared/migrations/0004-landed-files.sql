-- What was loaded of lines that land as files: in any order, late, and now and then twice.

-- One row is one landed file that this warehouse took itself, or has begun with: its first line_count lines are loaded.
-- Written with the rows of its lines.
create table landed_files (
    file varchar not null,
    bytes bigint not null,
    line_count bigint not null,
    is_complete boolean not null,
    loaded_at timestamp_ntz not null
);

-- One row is one node, a process that appends. newest_at: when the newest of its lines that came was received. active_seq:
-- its last number that was no closing line; closed_seq: that of its last closing line; 0 for none. node_state: LIVE,
-- CLOSED (it said so, and all it sent has come) or SILENT (it ended without a word).
create table ingest_nodes (
    ingest_node varchar not null,
    ingest_epoch bigint not null,
    node_state varchar not null,
    newest_at timestamp_ntz not null,
    active_seq bigint not null,
    closed_seq bigint not null
);

-- One row is one run of a node's numbers that came, as long as it can be: a gap between two runs has not come yet. Where
-- is_loaded is false nobody waits for them: the stream refused their lines, or they could not be read.
create table ingest_numbers (
    ingest_node varchar not null,
    ingest_epoch bigint not null,
    first_seq bigint not null,
    last_seq bigint not null,
    is_loaded boolean not null,
    last_received_at timestamp_ntz
);
