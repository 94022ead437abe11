-- Cases, the films in them, the blobs behind the films, and cases opened to others.
--
-- Why:   a case carries a code and never a name. A second institution sees a case only
--        through a grant: for a purpose, until a day, revocable. Child rows carry
--        case and institution together, so that they cannot point across the border.
-- Locks: new tables only.
-- Undo:  drop the tables, then the functions.

-- Five letters and digits nobody confuses (Crockford's base 32), from 25 random bits.
create function case_code() returns text language sql volatile as $$
    select 'C-' || string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (get_byte(r, i) & 31), 1), '')
      from (select uuid_send(gen_random_uuid()) as r) u, generate_series(0, 4) i
$$;

create table patient_case (
    id             bigint generated always as identity primary key,
    institution_id bigint not null references institution,
    code           text not null default case_code() check (code ~ '^C-[0-9A-HJKMNP-TV-Z]{5}$'),
    side           text not null check (side in ('right', 'left', 'unknown')),
    state          text not null default 'new' check (state in ('new', 'planning', 'approved', 'closed')),
    simulated      boolean not null default false, -- every picture of it says so
    created_by     bigint not null,
    created_at     timestamptz not null default now(),
    unique (id, institution_id),
    unique (institution_id, code),
    foreign key (created_by, institution_id) references app_user (id, institution_id)
);
call protect('patient_case');
grant select, insert, delete, update (side, state, simulated) on patient_case to osteon_app;

create table case_grant (
    id             bigint generated always as identity primary key,
    institution_id bigint not null, -- the owner
    case_id        bigint not null,
    grantee_id     bigint not null references institution,
    may            text not null check (may in ('view', 'plan')),
    purpose        text not null check (length(purpose) between 3 and 200),
    created_by     bigint not null,
    created_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    revoked_at     timestamptz,
    foreign key (case_id, institution_id) references patient_case (id, institution_id) on delete cascade,
    constraint case_grant_to_another check (grantee_id <> institution_id),
    constraint case_grant_ends check (expires_at > created_at and expires_at <= created_at + interval '366 days')
);
create index case_grant_grantee on case_grant (grantee_id, case_id) where revoked_at is null;
create index case_grant_case on case_grant (case_id);
call protect('case_grant');
create policy grantee_read on case_grant for select using (grantee_id = tenant());
grant select, insert, update (revoked_at) on case_grant to osteon_app;

create function granted(which bigint, wanted text) returns boolean language sql stable as $$
    select exists (select 1 from case_grant g
                    where g.case_id = which and g.grantee_id = tenant()
                      and (g.may = 'plan' or wanted = 'view')
                      and g.revoked_at is null and g.expires_at > now())
$$;

create policy grantee_read on patient_case for select using (granted(id, 'view'));

create table blob (
    id             bigint generated always as identity primary key,
    institution_id bigint not null references institution,
    kind           text not null check (kind in ('film', 'ct', 'result')),
    address        bytea not null check (length(address) = 32), -- keyed hash of the content
    sha256         bytea not null check (length(sha256) = 32),  -- of the content
    wrapped_key    bytea not null check (length(wrapped_key) = 72),
    file           text not null unique check (length(file) between 10 and 119),
    bytes          bigint not null check (bytes >= 0),
    stored_bytes   bigint not null check (stored_bytes > 0),
    packed         boolean not null, -- zstd before sealing
    created_at     timestamptz not null default now(),
    unique (id, institution_id),
    unique (institution_id, kind, address)
);
call protect('blob');
-- The update is no change: adding content that is known already locks its row against a
-- deletion that runs beside it.
grant select, insert, delete, update (created_at) on blob to osteon_app;

create table film (
    id             bigint generated always as identity primary key,
    institution_id bigint not null,
    case_id        bigint not null,
    blob_id        bigint not null,
    kind           text not null check (kind in ('film', 'ct')),
    projection     text not null check (projection in ('pa', 'ap', 'lateral', 'oblique', 'unknown')),
    arm            text not null default 'affected' check (arm in ('affected', 'other')),
    laterality     text not null default '' check (laterality in ('', 'L', 'R')),
    width          integer not null check (width between 1 and 16384),
    height         integer not null check (height between 1 and 16384),
    spacing_u      double precision not null, -- mm, 0 where unknown
    spacing_v      double precision not null,
    spacing_how    text not null
                   check (spacing_how in ('measured', 'calibrated', 'estimated', 'assumed', 'unknown')),
    record         jsonb not null check (jsonb_typeof(record) = 'object'), -- what was removed
    camera         text check (length(camera) between 1 and 65536),
    confirmed_by   bigint not null, -- who looked and saw no name
    created_at     timestamptz not null default now(),
    unique (id, institution_id),
    foreign key (case_id, institution_id) references patient_case (id, institution_id) on delete cascade,
    foreign key (blob_id, institution_id) references blob (id, institution_id),
    foreign key (confirmed_by, institution_id) references app_user (id, institution_id),
    constraint film_spacing_known check ((spacing_how = 'unknown') = (spacing_u = 0 and spacing_v = 0)),
    constraint film_spacing_range check (spacing_u between 0 and 10 and spacing_v between 0 and 10)
);
create index film_case on film (case_id, id);
create index film_blob on film (blob_id);
call protect('film');
create policy grantee_read on film for select using (granted(case_id, 'view'));
grant select, insert, delete, update (projection, camera, arm) on film to osteon_app;
