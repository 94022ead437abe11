-- Whose somebody is, asked with a plan that is kept.
--
-- Why:   a policy asks institution_of() (0013) for every entry of a plan's log. A function in SQL
--        with `security definer` is read and planned anew in every statement that calls it, a
--        sixth of what an append cost; one in PL/pgSQL is planned once in a session. What it
--        answers, as whom it looks, and who may ask are the same.
-- Locks: none that anybody waits for.
-- Undo:  the function as in 0013.

create or replace function institution_of(person bigint) returns bigint language plpgsql stable
    security definer set search_path = public, pg_temp as $$
begin
    return (select u.institution_id from app_user u where u.id = person);
end $$;
