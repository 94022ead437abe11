-- Institutions, their people, who is logged in, and who tries too often.
--
-- Why:   every later table belongs to an institution. A transaction says for whom it
--        acts (osteon.institution, osteon.user); row-level security shows the rest to
--        nobody, not even to the tables' owner. Three doors lead in before the
--        institution is known: a key that names one row (an address at log-in, the
--        hash of a token), and the queue (later, jobs only).
-- Locks: new tables only.
-- Undo:  drop the tables, then the functions.

create function tenant() returns bigint language sql stable parallel safe
    as $$ select nullif(current_setting('osteon.institution', true), '')::bigint $$;
create function actor() returns bigint language sql stable parallel safe
    as $$ select nullif(current_setting('osteon.user', true), '')::bigint $$;
create function presented_key() returns text language sql stable parallel safe
    as $$ select nullif(current_setting('osteon.key', true), '') $$;
create function presented_hash() returns bytea language sql stable parallel safe
    as $$ select case when presented_key() ~ '^[0-9a-f]{64}$' then decode(presented_key(), 'hex') end $$;

-- Every tenant table is protected by this one procedure; other doors are policies beside it.
create procedure protect(tab regclass) language plpgsql as $$
begin
    execute format('alter table %s enable row level security', tab);
    execute format('alter table %s force row level security', tab);
    execute format('create policy tenant_read on %s for select using (institution_id = tenant())', tab);
    execute format('create policy tenant_insert on %s for insert with check (institution_id = tenant())', tab);
    execute format('create policy tenant_update on %s for update using (institution_id = tenant()) with check (institution_id = tenant())', tab);
    execute format('create policy tenant_delete on %s for delete using (institution_id = tenant())', tab);
end $$;
revoke execute on procedure protect(regclass) from public;

create table institution (
    id         bigint generated always as identity primary key,
    name       text not null unique check (length(name) between 1 and 120),
    created_at timestamptz not null default now()
);
alter table institution enable row level security;
alter table institution force row level security;
create policy tenant_read on institution for select using (id = tenant());
create policy owner_all on institution to current_user using (true) with check (true);
grant select on institution to osteon_app;

create table app_user (
    id             bigint generated always as identity primary key,
    institution_id bigint not null references institution,
    email          text not null unique
                   check (email = lower(email) and length(email) between 3 and 254),
    name           text not null check (length(name) between 1 and 120),
    role           text not null check (role in ('surgeon', 'engineer', 'administrator')),
    password       text not null check (password like '$argon2id$%'),
    created_at     timestamptz not null default now(),
    password_at    timestamptz not null default now(),
    disabled_at    timestamptz,
    unique (id, institution_id)
);
call protect('app_user');
create policy key_read on app_user for select using (email = presented_key());
create policy owner_all on app_user to current_user using (true) with check (true);
-- People are made and unmade by the owner (osteon user); they change their password themselves.
grant select, update (password, password_at) on app_user to osteon_app;

create table session (
    id             bigint generated always as identity primary key,
    institution_id bigint not null,
    user_id        bigint not null,
    token_hash     bytea not null unique check (length(token_hash) = 32),
    previous_hash  bytea check (length(previous_hash) = 32),
    confirmed      boolean not null default true, -- the newest token was seen in use
    agent          text not null default '' check (length(agent) <= 120),
    created_at     timestamptz not null default now(),
    seen_at        timestamptz not null default now(),
    rotated_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    unique (id, institution_id),
    foreign key (user_id, institution_id) references app_user (id, institution_id) on delete cascade,
    constraint session_unconfirmed_has_previous check (confirmed or previous_hash is not null)
);
create unique index session_previous on session (previous_hash) where previous_hash is not null;
create index session_of_user on session (user_id);
call protect('session');
create policy key_read on session for select
    using (token_hash = presented_hash() or previous_hash = presented_hash());
create policy owner_all on session to current_user using (true) with check (true);
grant select, insert, update, delete on session to osteon_app;

-- Keyed hashes of an account's name or of a network address: no person in it.
create table login_throttle (
    subject    bytea primary key check (length(subject) = 32),
    failures   integer not null check (failures > 0),
    next_at    timestamptz not null,
    updated_at timestamptz not null default now()
);
create index login_throttle_age on login_throttle (updated_at);
alter table login_throttle enable row level security;
alter table login_throttle force row level security;
create policy key_all on login_throttle
    using (subject = presented_hash()) with check (subject = presented_hash());
create policy old_read on login_throttle for select using (updated_at < now() - interval '2 days');
create policy old_delete on login_throttle for delete using (updated_at < now() - interval '2 days');
grant select, insert, update, delete on login_throttle to osteon_app;
