-- Who did what, in one hash chain per institution.
--
-- Why:   the row of a change commits with the change. The application may call
--        audit_append() and read its own institution's rows; it can neither write, change
--        nor remove a row itself, and a row changed by someone who can breaks the chain
--        for everyone who recomputes it (osteon audit verify).
-- Locks: new tables only. Each append locks its institution's head row until commit.
-- Undo:  drop the tables, then the functions.

create table audit_head (
    institution_id bigint primary key references institution,
    seq            bigint not null check (seq >= 0),
    hash           bytea not null check (length(hash) = 32)
);
call protect('audit_head');
create policy owner_all on audit_head to current_user using (true) with check (true);
grant select on audit_head to osteon_app;

create table audit (
    institution_id       bigint not null references institution,
    seq                  bigint not null check (seq > 0),
    at                   timestamptz not null,
    user_id              bigint, -- null: the system
    user_institution_id  bigint,
    action               text not null check (length(action) between 3 and 39),
    object               text not null check (length(object) between 2 and 15),
    object_id            bigint not null,
    case_id              bigint, -- outlives the case: no foreign key
    detail               jsonb not null check (jsonb_typeof(detail) = 'object'),
    hash                 bytea not null check (length(hash) = 32),
    primary key (institution_id, seq)
);
create index audit_case on audit (institution_id, case_id, seq);
call protect('audit');
create policy owner_all on audit to current_user using (true) with check (true);
grant select on audit to osteon_app;

-- Length before content, so that no two rows have the same bytes; null differs from ''.
create function netstring(v text) returns text language sql immutable parallel safe
    as $$ select coalesce(octet_length(v)::text || ':' || v || ',', '-,') $$;

create function audit_bytes(r audit) returns bytea language sql immutable as $$
    select convert_to(
        netstring(r.institution_id::text) || netstring(r.seq::text)
        || netstring((extract(epoch from r.at) * 1000000)::bigint::text)
        || netstring(r.user_id::text) || netstring(r.user_institution_id::text)
        || netstring(r.action) || netstring(r.object) || netstring(r.object_id::text)
        || netstring(r.case_id::text) || netstring(r.detail::text), 'UTF8')
$$;

-- The row goes to the owner of the case it is about, else to the actor's institution.
create function audit_append(action text, object text, object_id bigint, about bigint, detail jsonb)
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
    r.hash := sha256(head.hash || audit_bytes(r));
    insert into audit select r.*;
    update audit_head h set seq = r.seq, hash = r.hash where h.institution_id = r.institution_id;
    return r.seq;
end $$;
revoke execute on function audit_append(text, text, bigint, bigint, jsonb) from public;
grant execute on function audit_append(text, text, bigint, bigint, jsonb) to osteon_app;
