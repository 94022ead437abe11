-- A film says at which moment it was taken.
--
-- Why:   a patient may turn the forearm between two films; the fit then lets the ulna turn about
--        the radius from one moment to the next, where somebody says so.
-- Locks: film, for a moment: a column with a default is no rewrite.
-- Undo:  drop the column.

alter table film add column frame smallint not null default 0;
alter table film add constraint film_frame_range check (frame between 0 and 7);
grant update (frame) on film to osteon_app;
