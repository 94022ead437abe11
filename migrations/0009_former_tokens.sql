-- Tokens that a session had before its newest two.
--
-- Why:   a token is replaced every few minutes. Whoever shows one that was replaced long ago
--        has a copy, or somebody else has: the session ends, however often the copy was
--        replaced meanwhile. They go with their session, which goes when it has expired.
-- Locks: new table; session, for a moment, by the foreign key.
-- Undo:  drop table session_former.

create table session_former (
    token_hash     bytea primary key check (length(token_hash) = 32),
    institution_id bigint not null,
    session_id     bigint not null,
    replaced_at    timestamptz not null default now(),
    foreign key (session_id, institution_id) references session (id, institution_id) on delete cascade
);
create index session_former_session on session_former (session_id);
call protect('session_former');
create policy key_read on session_former for select using (token_hash = presented_hash());
grant select, insert, delete on session_former to osteon_app;
