-- One row in every table for institution 1, an institution 2 with one person, a third with none.
-- A new table must get its row here: tenants.sql fails without.
\set hash 'decode(repeat(''ab'', 32), ''hex'')'
insert into institution (name) values ('One'), ('Two'), ('Three');
insert into app_user (institution_id, email, name, role, password) values
    (1, 'one@osteon.example', 'One', 'surgeon', '$argon2id$'),
    (2, 'two@osteon.example', 'Two', 'surgeon', '$argon2id$');
insert into app_user (institution_id, name, role) values (1, 'A guest', 'guest');
insert into session (institution_id, user_id, token_hash, expires_at)
    values (1, 1, :hash, now() + interval '1 hour');
insert into session_former (token_hash, institution_id, session_id) values (:hash, 1, 1);
insert into login_throttle (subject, failures, next_at) values (:hash, 1, now());
insert into patient_case (institution_id, side, created_by) values (1, 'left', 1), (1, 'right', 1);
insert into case_grant (institution_id, case_id, grantee_id, may, purpose, created_by, expires_at, revoked_at)
    values (1, 1, 2, 'plan', 'was taken back', 1, now() + interval '1 day', now()),
           (1, 2, 1 + 1, 'view', 'expired', 1, now() + interval '1 s', null);
update case_grant set created_at = now() - interval '2 days', expires_at = now() - interval '1 day' where id = 2;
insert into guest (institution_id, case_id, user_id, may, token_hash, created_by, expires_at)
    values (1, 1, 3, 'view', :hash, 1, now() + interval '1 hour');
insert into blob (institution_id, kind, address, sha256, wrapped_key, file, bytes, stored_bytes, packed)
    values (1, 'film', :hash, :hash, decode(repeat('ab', 72), 'hex'), '1/ab/abababab.cd', 1, 2, false);
insert into film (institution_id, case_id, blob_id, kind, projection, width, height, spacing_u, spacing_v,
                  spacing_how, record, confirmed_by)
    values (1, 1, 1, 'film', 'pa', 100, 100, 0.1, 0.1, 'measured', '{}', 1);
insert into job (institution_id, case_id, kind, input, input_digest, output, output_digest, state, finished_at)
    values (1, 1, 'recon', '{}', :hash, '{}', :hash, 'done', now());
insert into result_file (institution_id, case_id, job_id, blob_id, name, content_type)
    values (1, 1, 1, 1, 'a.stl', 'model/stl');
insert into fit_review (institution_id, case_id, job_id, user_id, verdict) values (1, 1, 1, 1, 'accept');
insert into plan (institution_id, case_id, recon_job_id, seq) values (1, 1, 1, 1);
insert into plan_op (institution_id, case_id, plan_id, seq, epoch, user_name, role, client, n, body, at, hash)
    values (1, 1, 1, 1, 1, '', 'system', repeat('ab', 16), 1, 'x', now(), sha256('x'));
insert into plan_snapshot (institution_id, case_id, plan_id, seq, state_hash, body, body_hash)
    values (1, 1, 1, 1, :hash, 'x', sha256('x'));
insert into approval (institution_id, case_id, plan_id, seq, kind, name, state_hash, user_id, user_name)
    values (1, 1, 1, 1, 'approved', 'v1', :hash, 1, 'One');
insert into ticket (token_hash, institution_id, session_id, case_id) values (:hash, 1, 1, 1);
select set_config('osteon.institution', '1', false), set_config('osteon.user', '1', false) \g /dev/null
select audit_append('case.create', 'case', 1, 1, '{}') \g /dev/null
select set_config('osteon.institution', '', false), set_config('osteon.user', '', false) \g /dev/null

-- What a statement does as the application, for an institution ('' is none) and a person.
create function as_app(institution text, statement text, who text default '2') returns text language plpgsql as $$
declare n bigint;
begin
    perform set_config('osteon.institution', institution, true), set_config('osteon.key', '', true),
            set_config('osteon.queue', '', true), set_config('osteon.user', who, true);
    set local role osteon_app;
    execute statement;
    get diagnostics n = row_count;
    reset role;
    return n || ' rows';
exception
    when insufficient_privilege then return 'refused';
end $$;
