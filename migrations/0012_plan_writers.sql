-- A plan is written in the name of the institution whose case it is, and by nobody else.
--
-- Why:   0004 let a transaction of an institution with a plan grant change the row of the
--        plan and add operations, snapshots and approvals: move `seq` back, name other
--        hashes, take the lease from who writes, or sign in anybody's name. Nothing needs
--        that: who may edit is asked first (services/auth), then the plan's sequencer
--        writes for the case's institution, and the entry says whose it is. A grant opens
--        the rows for reading.
-- Locks: plan, plan_op, plan_snapshot, approval, for a moment.
-- Undo:  the four policies, as in 0004.

drop policy grantee_write on plan;
drop policy grantee_write on plan_op;
drop policy grantee_write on plan_snapshot;
drop policy grantee_write on approval;
