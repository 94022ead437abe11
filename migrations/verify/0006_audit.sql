-- Fails if 0006_audit.sql is not in force. Reads nothing, changes nothing.
select institution_id, seq, hash from audit_head where false;
select institution_id, seq, at, user_id, user_institution_id, action, object, object_id, case_id, detail,
       hash from audit where false;
select 1 / (count(*) = 2)::int from pg_class
 where oid in ('audit'::regclass, 'audit_head'::regclass) and relrowsecurity and relforcerowsecurity;
select 1 / (netstring('é') = '2:é,' and netstring(null) = '-,')::int;
select 1 / (not has_table_privilege('osteon_app', 'audit', 'insert')
            and not has_table_privilege('osteon_app', 'audit', 'update')
            and not has_table_privilege('osteon_app', 'audit', 'delete')
            and has_function_privilege('osteon_app',
                    'audit_append(text, text, bigint, bigint, jsonb)', 'execute'))::int;
