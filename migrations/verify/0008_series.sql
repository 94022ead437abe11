-- Fails if 0008_series.sql is not in force. Reads nothing, changes nothing.
select series from film where false;
select 1 / (count(*) = 1)::int from pg_constraint where conname = 'film_series_keyed';
