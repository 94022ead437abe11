-- Fails if 0002_cases.sql is not in force. Reads nothing, changes nothing.
select id, institution_id, code, side, state, simulated, created_by, created_at from patient_case where false;
select id, institution_id, case_id, grantee_id, may, purpose, created_by, created_at, expires_at,
       revoked_at from case_grant where false;
select id, institution_id, kind, address, sha256, wrapped_key, file, bytes, stored_bytes, packed,
       created_at from blob where false;
select id, institution_id, case_id, blob_id, kind, projection, arm, laterality, width, height,
       spacing_u, spacing_v, spacing_how, record, camera, confirmed_by, created_at from film where false;
select 1 / (count(*) = 4)::int from pg_class
 where oid in ('patient_case'::regclass, 'case_grant'::regclass, 'blob'::regclass, 'film'::regclass)
   and relrowsecurity and relforcerowsecurity;
select 1 / (count(*) = 3)::int from pg_policies
 where policyname = 'grantee_read' and tablename in ('patient_case', 'case_grant', 'film');
select 1 / (count(*) = 2)::int from pg_constraint
 where conname in ('case_grant_to_another', 'film_spacing_known');
select 1 / (case_code() ~ '^C-[0-9A-HJKMNP-TV-Z]{5}$')::int;
