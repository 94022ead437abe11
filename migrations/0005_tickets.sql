-- One-use tickets that let a WebSocket in.
--
-- Why:   the handshake of a WebSocket carries no header of ours; a ticket from a request
--        that did is good for one socket of one case and thirty seconds.
-- Locks: new table only.
-- Undo:  drop table ticket.

create table ticket (
    token_hash     bytea primary key check (length(token_hash) = 32),
    institution_id bigint not null,
    session_id     bigint not null,
    case_id        bigint not null references patient_case on delete cascade,
    expires_at     timestamptz not null default now() + interval '30 seconds',
    foreign key (session_id, institution_id) references session (id, institution_id) on delete cascade
);
create index ticket_session on ticket (session_id);
create index ticket_case on ticket (case_id);
call protect('ticket');
create policy key_read on ticket for select using (token_hash = presented_hash());
create policy key_delete on ticket for delete using (token_hash = presented_hash());
grant select, insert, delete on ticket to osteon_app;
