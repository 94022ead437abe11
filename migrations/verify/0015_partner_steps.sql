-- Fails if 0015_partner_steps.sql is not in force. Reads nothing, changes nothing.
select 1 / (count(*) = 1)::int from pg_policy
 where polrelid = 'approval'::regclass and polname = 'partner_proposes' and polcmd = 'a' and not polpermissive;
select 1 / (count(*) = 1)::int from pg_class where oid = 'audit_visit'::regclass and relkind = 'i';
