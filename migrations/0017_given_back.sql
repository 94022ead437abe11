-- A case that was granted is given back by the hospital it was granted to.
--
-- Why:   who has done what he was asked for ends his hospital's access himself, and says why,
--        instead of waiting for the owner or the day. He ends it now and for good, his own
--        hospital's grant and nothing else of it; the owner reads the reason in his list, and
--        cannot write one in the other's name.
-- Locks: case_grant, for a moment.
-- Undo:  drop the policies, the constraint and the column.

alter table case_grant add column given_back text check (length(given_back) between 3 and 200);
alter table case_grant add constraint case_grant_given_back_ends check (given_back is null or revoked_at is not null);
grant update (given_back) on case_grant to osteon_app;

create policy grantee_gives_back on case_grant for update
    using (grantee_id = tenant() and expires_at > now())
    with check (grantee_id = tenant() and revoked_at = now() and given_back is not null);
create policy given_by_grantee on case_grant as restrictive for update
    using (true) with check (given_back is null or grantee_id = tenant());
create policy given_back_later on case_grant as restrictive for insert with check (given_back is null);
