-- The marts hold all up to a load, and are as of it. Its place is what was read when the refresh began: a load may have been
-- committed since. Changes no row where somebody else has refreshed meanwhile.
update pipeline_positions set
    load_id = :through_load,
    ingest_node = :ingest_node,
    ingest_epoch = :ingest_epoch,
    ingest_seq = :ingest_seq,
    data_as_of = :data_as_of,
    updated_at = :now
where pipeline = 'refresh' and load_id = :after_load;
