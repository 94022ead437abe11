-- The owner of a case reads what its visitors did, also where their grant has ended since.
--
-- Why:   what a hospital was refused is told a little later than it happens, and whether the
--        grant still stood then decided whether the owner heard of it; since the visitor may end
--        his grant himself (0017), he could have ended it first. And audit_append() looks a case's
--        institution up as the owner of the schema, who, where he is no superuser, saw a granted
--        case only as long as the grant stood.
-- Locks: none that anybody waits for.
-- Undo:  drop the function and the policy.

create policy owner_looks on patient_case for select to current_user using (true);

-- A case of another institution that was ever granted to the one that asks.
create function was_granted(which bigint) returns boolean language sql stable
    security definer set search_path = public, pg_temp as $$
    select exists (select 1 from case_grant g join patient_case c on c.id = g.case_id
                    where g.case_id = which and g.grantee_id = tenant() and c.institution_id <> tenant())
$$;
revoke execute on function was_granted(bigint) from public;
grant execute on function was_granted(bigint) to osteon_app;
