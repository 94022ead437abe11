-- Which series a film or slice belongs to.
--
-- Why:   a CT comes as hundreds of slices; a person adds it, sees it and removes it as one.
--        The name is the series' UID under the institution's key; a file without one is ''.
-- Locks: film, for a moment: a column with a constant default rewrites nothing.
-- Undo:  drop the column.

alter table film add column series text not null default ''
    constraint film_series_keyed check (series ~ '^(2\.25\.[0-9]{1,39})?$');
