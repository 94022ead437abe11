-- Fails if 0007_blob_key.sql is not in force. Reads nothing, changes nothing.
select key_id from blob where false;
select 1 / (count(*) = 1)::int from pg_constraint where conname = 'blob_key_id_known';
select 1 / (count(*) = 1)::int from pg_indexes where indexname = 'blob_key';
