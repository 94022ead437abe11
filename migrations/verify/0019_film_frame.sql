-- Fails if 0019_film_frame.sql is not in force. Reads nothing, changes nothing.
select frame from film where false;
select 1 / has_column_privilege('osteon_app', 'film', 'frame', 'update')::int;
select 1 / (count(*) = 1)::int from pg_constraint
 where conrelid = 'film'::regclass and conname = 'film_frame_range' and contype = 'c'
   and pg_get_constraintdef(oid) like '%frame >= 0%frame <= 7%';
