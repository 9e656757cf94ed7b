-- Run on every new connection. Times are UTC everywhere.
set TimeZone = 'UTC';

-- The largest page and the one row behind it (domain/page): the engine finds the rows by their order first and reads
-- the wide columns of those alone.
set late_materialization_max_rows = 5001;
