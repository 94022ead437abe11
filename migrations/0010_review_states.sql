-- Where a plan stands: proposed, released, manufactured, used, checked, and a draft again.
--
-- Why:   each step is an operation of the plan's own log, bound to the hash of the state,
--        as versions and approvals are (recon/plan/README.md); they get their rows here too.
-- Locks: approval, for a moment, to look through its rows.
-- Undo:  the former check, where no row of the new kinds is there.

alter table approval drop constraint approval_kind_check;
alter table approval add constraint approval_kind_check check (kind in
    ('version', 'draft', 'proposed', 'approved', 'released', 'manufactured', 'used', 'checked'));
