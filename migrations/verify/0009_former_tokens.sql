-- Fails if 0009_former_tokens.sql is not in force. Reads nothing, changes nothing.
select token_hash, institution_id, session_id, replaced_at from session_former where false;
select 1 / (relrowsecurity and relforcerowsecurity)::int from pg_class
 where oid = 'session_former'::regclass;
select 1 / (count(*) = 1)::int from pg_policies
 where policyname = 'key_read' and tablename = 'session_former';
select 1 / (count(*) = 1)::int from pg_indexes where indexname = 'session_former_session';
