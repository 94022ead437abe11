-- Every table of the catalog, tried as the application from a second institution and
-- from none: no row is seen, changed, removed or put in. A table without a policy or
-- without a row to try on fails by itself.
\ir seed.sql

create view tenant_table as
    select c.oid::regclass as tab, c.relname::text as name, c.relrowsecurity and c.relforcerowsecurity as forced,
           (select count(*) from pg_policy p where p.polrelid = c.oid) as policies
      from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'migration';

-- A column the application may write, or any: the refusal is then the privilege's.
create function some_column(tab regclass) returns text language sql as $$
    select quote_ident(attname) from pg_attribute a
     where attrelid = tab and attnum > 0 and not attisdropped and attidentity = ''
     order by has_column_privilege('osteon_app', tab, attname, 'update') desc, attnum limit 1
$$;

create function a_row(tab regclass) returns jsonb language plpgsql as $$
declare r jsonb;
begin
    execute format('select to_jsonb(t) from %s t limit 1', tab) into r;
    return r;
end $$;

create function again(tab regclass) returns text language sql as $$
    select format('insert into %s overriding system value select * from jsonb_populate_record(null::%s, %L)',
                  tab, tab, a_row(tab))
$$;

create function nothing(institution text, what text) returns setof text language sql as $$
    select tap.ok(forced and policies > 0, name || ' is forced under row-level security') from tenant_table
    union all
    select tap.ok(a_row(tab) is not null, name || ' has a row to try on') from tenant_table
    union all
    select tap.ok(as_app(institution, format('select 1 from %s', tab)) in ('0 rows', 'refused'),
                  what || ' sees nothing of ' || name)
      from tenant_table where not (name in ('institution', 'app_user', 'case_grant') and institution = '2')
    union all
    select tap.ok(as_app(institution, format('update %s set %s = %s', tab, some_column(tab), some_column(tab)))
                  in ('0 rows', 'refused'), what || ' changes nothing of ' || name)
      from tenant_table where not (name = 'app_user' and institution = '2')
    union all
    select tap.ok(as_app(institution, format('delete from %s', tab)) in ('0 rows', 'refused'),
                  what || ' removes nothing of ' || name) from tenant_table
    union all
    select tap.is(as_app(institution, again(tab)), 'refused', what || ' puts nothing into ' || name)
      from tenant_table where a_row(tab) is not null
$$;

select no_plan();
create temp table before as
    select name, (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %s', tab), false, true, '')))[1]::text as n
      from tenant_table;
select nothing('2', 'the other institution');
select nothing('', 'nobody');
select is((select count(*) from before b join tenant_table t using (name)
            where b.n is distinct from (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %s', t.tab), false, true, '')))[1]::text),
          0::bigint, 'all rows are still there');
select cmp_ok((select count(*) from tenant_table), '>=', 19::bigint, 'the catalog was read');

-- The same tries as institution 1 do see rows: the refusals above are about whose they are.
select is(as_app('1', 'select 1 from film'), '1 rows', 'the owner sees its film');
select is(as_app('1', 'select 1 from plan_op'), '1 rows', 'the owner sees its operations');
select is(as_app('3', 'select 1 from institution'), '1 rows', 'an institution sees itself and no other');
select is(as_app('2', 'select 1 from institution'), '2 rows', 'but for those it ever shared a case with');
select is(as_app('1', 'select 1 from institution where id = 3'), '0 rows', 'and not the rest');
select is(as_app('2', 'select 1 from app_user'), '1 rows', 'an institution sees its people only');
select is(as_app('2', 'update app_user set password = password'), '1 rows', 'and changes no other''s');

select is(as_app('2', 'select 1 from case_grant'), '2 rows', 'what was granted to it, also when it ended');

-- A row that points across the border is refused by the composite keys.
select throws_ok($$insert into film (institution_id, case_id, blob_id, kind, projection, width, height,
    spacing_u, spacing_v, spacing_how, record, confirmed_by)
    values (2, 1, 1, 'film', 'pa', 1, 1, 1, 1, 'measured', '{}', 2)$$, '23503', null,
    'a film cannot hang on another institution''s case');

-- A grant opens the case and what hangs on it for reading; its end closes them. The plan too is
-- only read: who may edit it is asked, and then its own institution's sequencer writes.
update case_grant set revoked_at = null where id = 1;
select is(as_app('2', 'select 1 from patient_case'), '1 rows', 'a grant opens the one case');
select is(as_app('2', 'select 1 from film'), '1 rows', 'with its film');
select is(as_app('2', 'select 1 from blob'), '1 rows', 'and the blob behind it');
select is(as_app('2', 'select 1 from plan_op'), '1 rows', 'and the plan');
select is(as_app('2', 'select 1 from audit'), '0 rows', 'but not who did what');
select is(as_app('2', 'select 1 from fit_review'), '1 rows', 'and the word on the fit');
select is(as_app('2', 'update patient_case set side = side'), '0 rows', 'a grant does not change the case');
select is(as_app('2', 'delete from film'), '0 rows', 'nor remove a film');
select is((select may from case_grant where id = 1), 'plan', 'though it is a plan grant');
select is(as_app('2', 'update plan set ' || change), '0 rows', 'a plan grant does not ' || word)
  from (values ($$seq = 0$$, 'take back what was planned'),
               ($$hash = sha256('z'), state_hash = sha256('z')$$, 'name other states'),
               ($$epoch = epoch + 1, lease_owner = 'thief', lease_until = now() + interval '1 day'$$,
                'take the plan from who writes it')) v (change, word);
select is(as_app('2', $$insert into plan_op (institution_id, case_id, plan_id, seq, epoch, user_id, user_name, role,
    client, n, body, at, hash) values (1, 1, 1, 2, 1, 1, 'One', 'surgeon', repeat('cd', 16), 1, 'y', now(), sha256('y'))$$),
    'refused', 'nor add to it in another''s name');
select is(as_app('2', $$insert into plan_snapshot (institution_id, case_id, plan_id, seq, state_hash, body, body_hash)
    values (1, 1, 1, 7, sha256('z'), 'z', sha256('z'))$$), 'refused', 'nor say what it came to');
select is(as_app('2', $$insert into approval (institution_id, case_id, plan_id, seq, kind, name, state_hash, user_id, user_name)
    values (1, 1, 1, 1, 'approved', 'mine', sha256('z'), 1, 'One')$$), 'refused', 'nor approve it');
select is(as_app('1', 'update plan set seq = seq'), '1 rows', 'its own institution moves it');
create function op_by(who bigint, n int) returns text language sql as $$
    select format('insert into plan_op (institution_id, case_id, plan_id, seq, epoch, user_id, user_name, role,
        client, n, body, at, hash) values (1, 1, 1, %s, 1, %s, ''Two'', ''surgeon'', repeat(''cc'', 16), %s, ''z'', now(), sha256(''z''))',
        200 + n, who, n)
$$;
select is(as_app('1', op_by(2, 1)), '1 rows', 'and keeps an entry of the other institution''s person');
select is(as_app('1', op_by(99, 9)), 'refused', 'but of nobody who is nowhere');
update case_grant set may = 'view' where id = 1;
select is(as_app('2', 'select 1 from plan_op where seq = 1'), '1 rows', 'a view grant sees it too');
select is(as_app('1', op_by(2, 2)), 'refused', 'and keeps no entry of who only looks');
select is(as_app('2', 'update case_grant set ' || change), 'refused', 'whom it was granted to does not ' || word)
  from (values ('revoked_at = now()', 'end it without a reason'),
               ($$given_back = 'done'$$, 'say why and stay'),
               ($$given_back = 'done', revoked_at = now() - interval '1 hour'$$, 'end it before now'),
               ($$given_back = 'done', revoked_at = now(), expires_at = now() + interval '1 year'$$, 'move its end'),
               ($$given_back = 'done', revoked_at = now(), grantee_id = 3$$, 'pass it on')) v (change, word);
select throws_ok($$select as_app('2', 'update case_grant set given_back = ''no'', revoked_at = now()')$$, '23514', null,
    'nor give a reason of two letters');
select is(as_app('1', $$update case_grant set given_back = 'done', revoked_at = now()$$), 'refused',
    'nor does the owner speak in its name');
select is(as_app('1', $$insert into case_grant (institution_id, case_id, grantee_id, may, purpose, created_by, expires_at, revoked_at, given_back)
    values (1, 2, 3, 'view', 'a reason', 1, now() + interval '1 day', now(), 'done')$$), 'refused', 'nor from the beginning');
select is(as_app('3', $$update case_grant set given_back = 'done', revoked_at = now()$$), '0 rows', 'nor a third at all');
select is(as_app('2', $$update case_grant set given_back = 'done', revoked_at = now()$$), '1 rows',
    'it gives back what stands, and not what is over');
select is(as_app('2', 'select 1 from plan_op'), '0 rows', 'and sees no more of it');
select is(as_app('2', $$update case_grant set given_back = 'or not', revoked_at = now()$$), '0 rows', 'for good');
select is(as_app('1', $$select 1 from case_grant where given_back = 'done'$$), '1 rows', 'and the owner reads why');
update case_grant set revoked_at = null, given_back = null where id = 1;
select lives_ok($$select set_config('osteon.institution', '2', true), set_config('osteon.user', '2', true),
    audit_append('case.view', 'case', 1, 1, '{}')$$, 'what he looked at is told');
select is((select institution_id || ' ' || user_institution_id || ' ' || (detail ->> 'by') from audit order by at desc limit 1),
    '1 2 Two', 'to the owner, with his name');
update case_grant set created_at = now() - interval '2 days', expires_at = now() - interval '1 s' where id = 1;
select is(as_app('2', 'select 1 from plan_op'), '0 rows', 'an expired grant opens nothing');
update case_grant set may = 'plan' where id = 1;
select is(as_app('1', op_by(2, 3)), 'refused', 'and keeps nothing');
update case_grant set created_at = now(), expires_at = now() + interval '1 day', revoked_at = now() where id = 1;
select is(as_app('1', op_by(2, 4)), 'refused', 'nor does a revoked one');
select is(as_app('2', 'select 1 from patient_case'), '0 rows', 'which opens nothing');
select is(as_app('1', 'update case_grant set revoked_at = null where id = 1'), '0 rows', 'for good');
select throws_ok($$insert into case_grant (institution_id, case_id, grantee_id, may, purpose, created_by, expires_at)
    select 1, 1, 2, 'view', 'again', 1, now() + interval '1 day' from generate_series(1, 2)$$, '23505', null,
    'of one case one institution has one grant at a time');

-- A guest acts for no institution: he sees the one case he was invited to, and writes nothing.
create function guest_sees(tab text) returns text language sql as $$ select as_app('0', 'select 1 from ' || tab, '3') $$;
create function writes_nothing(what text) returns setof text language sql as $$
    select tap.ok(as_app('0', format('update %s set %s = %s', tab, some_column(tab), some_column(tab)), '3')
                  in ('0 rows', 'refused'), what || ' changes nothing of ' || name) from tenant_table
    union all
    select tap.ok(as_app('0', format('delete from %s', tab), '3') in ('0 rows', 'refused'),
                  what || ' removes nothing of ' || name) from tenant_table
    union all
    select tap.is(as_app('0', again(tab), '3'), 'refused', what || ' puts nothing into ' || name) from tenant_table
$$;
create function op_of(who bigint, n int) returns text language sql as $$
    select format('insert into plan_op (institution_id, case_id, plan_id, seq, epoch, user_id, user_name, role,
        client, n, body, at, hash) values (1, 1, 1, %s, 1, %s, ''A guest'', ''guest'', repeat(''ef'', 16), %s, ''z'', now(), sha256(''z''))',
        100 + n, who, n)
$$;
select is(guest_sees('patient_case'), '1 rows', 'a guest sees the case he was invited to');
select is(guest_sees('patient_case where id = 2'), '0 rows', 'and no other of the institution');
select is(guest_sees(tab), '1 rows', 'with its ' || tab) from unnest(array['film', 'blob', 'job', 'result_file',
    'fit_review', 'plan', 'plan_snapshot', 'approval']) tab;
select isnt(guest_sees('plan_op'), '0 rows', 'and its operations');
select is(guest_sees('guest'), '1 rows', 'he sees his own invitation');
select is(guest_sees(tab), '0 rows', 'but nothing of ' || tab) from unnest(array['audit', 'audit_head', 'app_user',
    'institution', 'session', 'session_former', 'ticket', 'case_grant', 'login_throttle']) tab;
select writes_nothing('a guest who looks');
select is(as_app('1', op_of(3, 1)), 'refused', 'the plan keeps no entry of a guest who was invited to look');
update guest set may = 'plan' where id = 1;
select writes_nothing('a guest who plans');
select is(as_app('1', op_of(3, 1)), '1 rows', 'his entries are written for him, by the case''s institution');
select is(as_app('1', op_of(2, 2)), 'refused', 'an entry of a guest names an invited one');
select is(as_app('1', $$insert into approval (institution_id, case_id, plan_id, seq, kind, name, state_hash, user_id, user_name)
    values (1, 1, 1, 101, 'version', 'v2', sha256(''), 3, 'A guest')$$), 'refused', 'but he approves nothing');
select is(as_app('1', $$insert into session (institution_id, user_id, token_hash, expires_at)
    values (1, 3, sha256('b'), now() + interval '2 hours')$$), 'refused', 'his session does not outlast the invitation');
select is(as_app('1', $$insert into session (institution_id, user_id, token_hash, expires_at)
    values (1, 3, sha256('b'), now() + interval '1 minute')$$), '1 rows', 'but may be shorter');
select is(as_app('1', 'update guest set revoked_at = now()'), '1 rows', 'the owner revokes');
select is(as_app('1', 'update guest set revoked_at = null'), '0 rows', 'for good');
select is(guest_sees('patient_case'), '0 rows', 'a revoked invitation opens nothing');
select is(as_app('1', op_of(3, 3)), 'refused', 'and nothing of it is kept any more');
select is(as_app('1', $$insert into session (institution_id, user_id, token_hash, expires_at)
    values (1, 3, sha256('c'), now() + interval '1 minute')$$), 'refused', 'nor does it let anybody in');
update guest set revoked_at = null, created_at = now() - interval '2 days', expires_at = now() - interval '1 s' where id = 1;
select is(guest_sees('patient_case'), '0 rows', 'one that is over opens nothing');
select is(as_app('1', op_of(3, 4)), 'refused', 'and keeps nothing');

-- Doors before the institution is known show what the key names and no more.
create function named(key text) returns bigint language plpgsql as $$
declare n bigint;
begin
    perform set_config('osteon.institution', '', true), set_config('osteon.user', '', true), set_config('osteon.key', key, true);
    set local role osteon_app;
    select count(*) into n from institution;
    reset role;
    return n;
end $$;
select is(named('Three'), 1::bigint, 'a hospital is found by its whole name');
select is(named(key), 0::bigint, 'and by nothing less') from unnest(array['', 'Thre', '%', 'three']) key;
select is((select count(*) from (select set_config('osteon.key', repeat('ab', 32), true)) k,
           lateral (select 1 from session where token_hash = presented_hash()) s), 1::bigint, 'a key is a hash');
select * from finish();
