-- What the tables themselves refuse: no program is needed to keep these true.
\ir seed.sql
select no_plan();

select throws_ok('update job set state = ''running''', '23514', null, 'a running job has a lease');
select throws_ok('update job set output = null', '23514', null, 'a done job has an output');
select throws_ok($$insert into job (institution_id, case_id, kind, input, input_digest)
    select 1, 1, 'recon', '{}', input_digest from job$$, '23505', null, 'the same work is one row');
select lives_ok($$insert into job (institution_id, case_id, kind, input, input_digest, state, error_code, finished_at)
    select 1, 1, 'recon', '{}', input_digest, 'failed', 'bug', now() from job$$, 'but may be tried again when it failed');
select throws_ok('insert into patient_case (institution_id, side, created_by) values (2, ''left'', 1)',
    '23503', null, 'a case is made by a person of its institution');
select throws_ok('update film set spacing_u = 0, spacing_v = 0', '23514', null, 'no spacing is called unknown');
select throws_ok('update film set width = 0', '23514', null, 'a film has pixels');
select throws_ok('update film set frame = 8', '23514', null, 'a film is of one of eight moments');
select throws_ok($$insert into plan_op (institution_id, case_id, plan_id, seq, epoch, user_name, role, client, n, body, at, hash)
    values (1, 1, 1, 2, 1, '', 'system', repeat('ab', 16), 1, 'z', now(), sha256('z'))$$, '23505', null,
    'a client''s n happens once');
select throws_ok($$insert into plan_op (institution_id, case_id, plan_id, seq, epoch, user_name, role, client, n, body, at, hash)
    values (1, 1, 1, 2, 1, '', 'system', repeat('ab', 16), 2, 'z', now(), sha256('y'))$$, '23514', null,
    'an operation''s hash is that of its body');
select throws_ok($$insert into plan_op (institution_id, case_id, plan_id, seq, epoch, user_name, role, client, n, body, at, hash)
    values (1, 1, 1, 2, 1, '', 'surgeon', repeat('ab', 16), 2, 'z', now(), sha256('z'))$$, '23514', null,
    'a surgeon''s operation names the surgeon');
select throws_ok('update plan_snapshot set body = ''y''', '23514', null, 'a snapshot is whole');
select throws_ok('update result_file set approved = true', '23514', null, 'only a file of a plan is approved');
select throws_ok('update result_file set name = ''../x''', '23514', null, 'a file''s name is no path');
select throws_ok($$insert into case_grant (institution_id, case_id, grantee_id, may, purpose, created_by, expires_at)
    values (1, 1, 1, 'view', 'oneself', 1, now() + interval '1 day')$$, '23514', null, 'nobody grants to oneself');
select throws_ok($$insert into case_grant (institution_id, case_id, grantee_id, may, purpose, created_by, expires_at)
    values (1, 1, 2, 'view', 'for ever', 1, now() + interval '2 years')$$, '23514', null, 'a grant ends');
select throws_ok('insert into app_user (institution_id, email, name, role, password) values (1, ''A@b'', ''a'', ''surgeon'', ''$argon2id$'')',
    '23514', null, 'an address is lower case');
select throws_ok('insert into app_user (institution_id, email, name, role, password) values (1, ''a@b'', ''a'', ''surgeon'', ''secret'')',
    '23514', null, 'a password is stored as Argon2id');

select throws_ok('insert into app_user (institution_id, email, name, role, password) values (1, ''g@b'', ''a'', ''guest'', ''$argon2id$'')',
    '23514', null, 'a guest has no account');
select throws_ok('insert into app_user (institution_id, name, role) values (1, ''a'', ''surgeon'')',
    '23514', null, 'and everybody else has one');
select throws_ok($$insert into guest (institution_id, case_id, user_id, may, token_hash, created_by, expires_at)
    values (1, 2, 1, 'plan', sha256('x'), 1, now() + interval '1 day')$$, '23503', null, 'an invitation is a guest''s');
select throws_ok($$insert into guest (institution_id, case_id, user_id, may, token_hash, created_by, expires_at)
    values (1, 2, 3, 'plan', sha256('x'), 1, now() + interval '1 day')$$, '23505', null, 'to one case');
select throws_ok('update guest set case_id = 2, institution_id = 2', '23503', null, 'of his institution');
select throws_ok('update guest set expires_at = created_at + interval ''91 days''', '23514', null, 'and it ends');
select throws_ok('update guest set may = ''approve''', '23514', null, 'to look or to plan');
select is(as_app('1', 'update guest set may = ''plan'''), 'refused', 'and it is revoked, not widened');

select is(as_app('1', 'insert into audit select * from audit'), 'refused', 'the application writes no audit row itself');
select is(as_app('1', 'update audit set action = ''nothing'''), 'refused', 'nor changes one');
select is(as_app('1', 'delete from audit'), 'refused', 'nor removes one');
select is(as_app('1', 'update audit_head set seq = 0'), 'refused', 'nor turns the chain back');
select is(as_app('1', 'update plan_op set body = ''y'''), 'refused', 'an operation is never changed');
select is(as_app('1', 'delete from plan_op'), 'refused', 'nor removed by itself');
select is(as_app('1', 'alter table film disable row level security'), 'refused', 'the application owns nothing');
select is(as_app('1', 'create table x ()'), 'refused', 'and makes no tables');
select is(as_app('1', 'select audit_append(''film.add'', ''film'', 1, 1, ''{}'')'), '1 rows', 'it may tell');
select is((select count(*) from audit), 2::bigint, 'and what it told is there');

select set_config('osteon.institution', '1', false) \g /dev/null
delete from ticket;
delete from patient_case where id = 1;
select is((select count(*) from film) + (select count(*) from job) + (select count(*) from plan_op)
          + (select count(*) from result_file) + (select count(*) from approval), 0::bigint,
          'a case takes with it what hangs on it');
select is((select count(*) from audit where case_id = 1), 2::bigint, 'but not what was told of it');
select * from finish();
