-- Guests: somebody without an account in one case, for a while, by a link.
--
-- Why:   a colleague elsewhere looks at one case or plans in it, and nothing else. A guest is
--        a person of the institution without address and password, so that log, audit and
--        sessions name him as they name everybody; the invitation says which case, what, and
--        until when. Of the link's token only a keyed hash is kept. A transaction of a guest
--        names no institution (0): he reads his one case through granted(), as a grantee
--        does, and writes nothing; what he plans is written by the case's own institution,
--        and only while his invitation stands.
-- Locks: app_user, session, plan_op and approval, for a moment, to change what they check.
-- Undo:  drop the policies and the table, restore granted() and the checks of app_user, where
--        no guest is there.

alter table app_user drop constraint app_user_role_check;
alter table app_user add constraint app_user_role_check
    check (role in ('surgeon', 'engineer', 'administrator', 'guest'));
alter table app_user alter column email drop not null;
alter table app_user alter column password drop not null;
alter table app_user add constraint app_user_guest_has_no_account
    check ((role = 'guest') = (email is null) and (role = 'guest') = (password is null));
alter table app_user add constraint app_user_role_key unique (id, institution_id, role);
-- Without address and password no other kind of person can be made.
grant insert (institution_id, name, role) on app_user to osteon_app;

create table guest (
    id             bigint generated always as identity primary key,
    institution_id bigint not null, -- the owner
    case_id        bigint not null,
    user_id        bigint not null unique,
    role           text not null default 'guest' check (role = 'guest'),
    may            text not null check (may in ('view', 'plan')),
    token_hash     bytea not null unique check (length(token_hash) = 32),
    created_by     bigint not null,
    created_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    revoked_at     timestamptz,
    foreign key (case_id, institution_id) references patient_case (id, institution_id) on delete cascade,
    foreign key (user_id, institution_id, role) references app_user (id, institution_id, role),
    foreign key (created_by, institution_id) references app_user (id, institution_id),
    constraint guest_ends check (expires_at > created_at and expires_at <= created_at + interval '90 days')
);
create index guest_case on guest (case_id, id);
call protect('guest');
create policy key_read on guest for select using (token_hash = presented_hash());
create policy own_read on guest for select using (user_id = actor());
create policy stays_revoked on guest as restrictive for update
    using (revoked_at is null) with check (true);
grant select, insert, update (revoked_at) on guest to osteon_app;

-- As before for institutions; a guest may look, by his invitation, and by it alone.
create or replace function granted(which bigint, wanted text) returns boolean language sql stable as $$
    select exists (select 1 from case_grant g
                    where g.case_id = which and g.grantee_id = tenant()
                      and (g.may = 'plan' or wanted = 'view')
                      and g.revoked_at is null and g.expires_at > now())
        or (wanted = 'view' and exists (select 1 from guest v
                    where v.case_id = which and v.user_id = actor()
                      and v.revoked_at is null and v.expires_at > now()))
$$;

-- An entry of a guest is kept only while he is invited to plan in that very case.
create policy guest_invited on plan_op as restrictive for insert with check (
    role <> 'guest' or exists (select 1 from guest v
                    where v.user_id = plan_op.user_id and v.case_id = plan_op.case_id and v.may = 'plan'
                      and v.revoked_at is null and v.expires_at > now()));

-- No version, approval or step of the review stems from a guest.
create policy no_guest on approval as restrictive for insert with check (
    (select o.role from plan_op o where o.plan_id = approval.plan_id and o.seq = approval.seq) <> 'guest');

-- A guest's session ends with his invitation at the latest.
create policy guest_ends on session as restrictive for insert with check (
    not exists (select 1 from guest v where v.user_id = session.user_id
                   and (v.revoked_at is not null or v.expires_at < session.expires_at)));
