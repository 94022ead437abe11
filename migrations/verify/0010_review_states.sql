-- Fails if 0010_review_states.sql is not in force. Reads nothing, changes nothing.
select 1 / (count(*) = 1)::int from pg_constraint
 where conrelid = 'approval'::regclass and conname = 'approval_kind_check'
   and pg_get_constraintdef(oid) like '%manufactured%';
