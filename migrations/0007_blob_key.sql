-- Which wrapping key opens a blob's own key.
--
-- Why:   a wrapping key that may be known to others is replaced without touching a file:
--        the key of each object is wrapped anew (osteon rotate) and its row says by which.
--        Number 0 is the first line of the secret file, as it was before there were others.
-- Locks: blob, for a moment: a column with a constant default rewrites nothing.
-- Undo:  rotate back to key 0, then drop the column.

alter table blob add column key_id smallint not null default 0
    constraint blob_key_id_known check (key_id between 0 and 255);
create index blob_key on blob (institution_id, key_id);
