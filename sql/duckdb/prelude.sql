-- Run on every new connection. Times are UTC everywhere.
set TimeZone = 'UTC';
