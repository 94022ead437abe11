-- Fails if 0005_tickets.sql is not in force. Reads nothing, changes nothing.
select token_hash, institution_id, session_id, case_id, expires_at from ticket where false;
select 1 / (relrowsecurity and relforcerowsecurity)::int from pg_class where oid = 'ticket'::regclass;
select 1 / (count(*) = 2)::int from pg_policies
 where policyname in ('key_read', 'key_delete') and tablename = 'ticket';
