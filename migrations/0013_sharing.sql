-- Cases shared with another hospital: who it is, who of theirs plans, and what they looked at.
--
-- Why:   0002 made the grant; now people make grants on the page. One grant of a case to one
--        institution stands at a time, so that its end is one moment, and it is revoked for
--        good. Who shares names the other institution by its whole name, and both read each
--        other's name from then on. An entry by somebody of another institution is kept only
--        while his institution's grant to plan stands, whatever a server believes. What he
--        does in the case is told to its owner with his name, since the owner may not read
--        the other institution's people.
-- Locks: case_grant, institution, plan_op, for a moment.
-- Undo:  drop the index, the policies and the function; audit_append() as in 0006.

create unique index case_grant_one on case_grant (case_id, grantee_id) where revoked_at is null;
drop index case_grant_grantee;
create index case_grant_grantee on case_grant (grantee_id, institution_id);
create index case_grant_owner on case_grant (institution_id, grantee_id);
create policy stays_revoked on case_grant as restrictive for update
    using (revoked_at is null) with check (true);

create policy named_read on institution for select using (name = presented_key());
create policy partner_read on institution for select using (exists (
    select 1 from case_grant g where (g.institution_id = tenant() and g.grantee_id = institution.id)
                                  or (g.grantee_id = tenant() and g.institution_id = institution.id)));

-- Whose somebody is: asked where another institution's people are not to be read.
create function institution_of(person bigint) returns bigint language sql stable
    security definer set search_path = public, pg_temp
    as $$ select u.institution_id from app_user u where u.id = person $$;
revoke execute on function institution_of(bigint) from public;
grant execute on function institution_of(bigint) to osteon_app;

create policy partner_granted on plan_op as restrictive for insert with check (
    user_id is null or institution_of(user_id) = institution_id
    or exists (select 1 from case_grant g
                where g.case_id = plan_op.case_id and g.grantee_id = institution_of(plan_op.user_id)
                  and g.may = 'plan' and g.revoked_at is null and g.expires_at > now()));

-- As in 0006; a row about another institution's case says who it was in words too.
create or replace function audit_append(action text, object text, object_id bigint, about bigint, detail jsonb)
    returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
    head audit_head;
    r    audit;
begin
    r.institution_id := coalesce((select c.institution_id from patient_case c where c.id = about), tenant());
    insert into audit_head values (r.institution_id, 0, decode(repeat('00', 32), 'hex'))
        on conflict do nothing;
    select * into strict head from audit_head h where h.institution_id = r.institution_id for update;
    r.seq := head.seq + 1;
    r.at := clock_timestamp();
    r.user_id := nullif(actor(), 0);
    r.user_institution_id := tenant();
    r.action := action;
    r.object := object;
    r.object_id := object_id;
    r.case_id := about;
    r.detail := detail;
    if r.institution_id <> tenant() and tenant() <> 0 then
        r.detail := r.detail || coalesce((select jsonb_build_object('by', u.name) from app_user u
                                           where u.id = actor() and u.institution_id = tenant()), '{}');
    end if;
    r.hash := sha256(head.hash || audit_bytes(r));
    insert into audit select r.*;
    update audit_head h set seq = r.seq, hash = r.hash where h.institution_id = r.institution_id;
    return r.seq;
end $$;
