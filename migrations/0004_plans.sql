-- Plans as one ordered, hash-chained list of operations, with snapshots and tags.
--
-- Why:   everything on screen is computed from the list. One process at a time writes a
--        plan: whoever holds the lease raises the epoch, and the row of the plan is moved
--        on only by one who names the epoch and the last seq, so an owner whose lease was
--        taken writes nothing. The application may add operations and never change one.
-- Locks: new tables only.
-- Undo:  drop the tables.

create table plan (
    id             bigint generated always as identity primary key,
    institution_id bigint not null,
    case_id        bigint not null,
    recon_job_id   bigint not null,
    seq            bigint not null default 0 check (seq >= 0),
    hash           bytea not null default decode(repeat('00', 32), 'hex') check (length(hash) = 32),
    state_hash     bytea not null default decode(repeat('00', 32), 'hex') check (length(state_hash) = 32),
    epoch          bigint not null default 0 check (epoch >= 0),
    lease_owner    text check (length(lease_owner) between 1 and 63),
    lease_until    timestamptz,
    created_at     timestamptz not null default now(),
    unique (id, case_id, institution_id),
    constraint plan_one_per_fit unique (recon_job_id),
    foreign key (recon_job_id, case_id, institution_id)
        references job (id, case_id, institution_id) on delete cascade,
    constraint plan_lease_whole check ((lease_owner is null) = (lease_until is null))
);
create index plan_case on plan (case_id, id);
call protect('plan');
create policy grantee_read on plan for select using (granted(case_id, 'view'));
create policy grantee_write on plan for update
    using (granted(case_id, 'plan')) with check (granted(case_id, 'plan'));
grant select, insert, update (seq, hash, state_hash, epoch, lease_owner, lease_until) on plan to osteon_app;

create table plan_op (
    institution_id bigint not null,
    case_id        bigint not null,
    plan_id        bigint not null,
    seq            bigint not null check (seq > 0),
    epoch          bigint not null check (epoch >= 0),
    user_id        bigint,                                            -- null: the system
    user_name      text not null check (length(user_name) <= 127),   -- as it was then
    role           text not null check (role in ('surgeon', 'engineer', 'administrator', 'guest', 'system')),
    client         text not null check (client ~ '^[0-9a-f]{32}$'),
    n              bigint not null check (n >= 0),
    undo_of        bigint check (undo_of > 0 and undo_of < seq),
    body           bytea not null check (length(body) between 1 and 262144),
    at             timestamptz not null,
    hash           bytea not null,
    primary key (plan_id, seq),
    constraint plan_op_hash_of_body check (hash = sha256(body)), -- the body names the one before
    constraint plan_op_once unique (plan_id, client, n),
    foreign key (plan_id, case_id, institution_id)
        references plan (id, case_id, institution_id) on delete cascade,
    constraint plan_op_system_is_nobody check ((user_id is null) = (role = 'system'))
);
call protect('plan_op');
create policy grantee_read on plan_op for select using (granted(case_id, 'view'));
create policy grantee_write on plan_op for insert with check (granted(case_id, 'plan'));
grant select, insert on plan_op to osteon_app;

create table plan_snapshot (
    institution_id bigint not null,
    case_id        bigint not null,
    plan_id        bigint not null,
    seq            bigint not null check (seq >= 0),
    state_hash     bytea not null check (length(state_hash) = 32),
    body           bytea not null check (length(body) <= 16777216),
    body_hash      bytea not null,
    created_at     timestamptz not null default now(),
    primary key (plan_id, seq),
    constraint plan_snapshot_whole check (body_hash = sha256(body)),
    foreign key (plan_id, case_id, institution_id)
        references plan (id, case_id, institution_id) on delete cascade
);
call protect('plan_snapshot');
create policy grantee_read on plan_snapshot for select using (granted(case_id, 'view'));
create policy grantee_write on plan_snapshot for insert with check (granted(case_id, 'plan'));
grant select, insert on plan_snapshot to osteon_app;

-- A version or an approval binds to the hash of the state, not to a moment.
create table approval (
    institution_id bigint not null,
    case_id        bigint not null,
    plan_id        bigint not null,
    seq            bigint not null, -- of the operation that says so
    kind           text not null check (kind in ('version', 'approved')),
    name           text not null check (length(name) between 1 and 63),
    state_hash     bytea not null check (length(state_hash) = 32),
    user_id        bigint not null,
    user_name      text not null check (length(user_name) <= 127),
    created_at     timestamptz not null default now(),
    primary key (plan_id, seq, name),
    foreign key (plan_id, case_id, institution_id)
        references plan (id, case_id, institution_id) on delete cascade,
    foreign key (plan_id, seq) references plan_op (plan_id, seq) on delete cascade
);
create index approval_state on approval (plan_id, state_hash) where kind = 'approved';
call protect('approval');
create policy grantee_read on approval for select using (granted(case_id, 'view'));
create policy grantee_write on approval for insert with check (granted(case_id, 'plan'));
grant select, insert on approval to osteon_app;
