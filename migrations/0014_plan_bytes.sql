-- How long each plan's log is, in bytes.
--
-- Why:   entries are kept for ever, and who may plan may write: a plan's log has a length it
--        does not pass (services/collab), and whoever takes the plan over must know how much
--        there is without reading it all. Written with every append, in the row that is
--        written anyhow.
-- Locks: plan, while its rows are counted.
-- Undo:  drop the column.

alter table plan add column bytes bigint not null default 0 check (bytes >= 0);
-- The owner counts across institutions, and only here.
alter table plan no force row level security;
alter table plan_op no force row level security;
update plan p set bytes = coalesce((select sum(length(o.body)) from plan_op o where o.plan_id = p.id), 0);
alter table plan force row level security;
alter table plan_op force row level security;
grant update (bytes) on plan to osteon_app;
