-- What a visiting institution may say of a plan, and what its visits cost the owner's list.
--
-- Why:   another institution's people plan and propose; to approve, release, make, use and check
--        a plan, and to take a step back from there, is the owner's, whatever a server believes.
--        The owner's list of grants asks when each was last used: an index answers, however many
--        rows its visitors have left.
-- Locks: approval, audit, for a moment; the index takes as long as the audit is long.
-- Undo:  drop the policy and the index.

create policy partner_proposes on approval as restrictive for insert with check (
    kind in ('version', 'draft', 'proposed') or institution_of(user_id) = institution_id);

create index audit_visit on audit (institution_id, case_id, user_institution_id, at);
