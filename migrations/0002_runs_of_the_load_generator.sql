-- Whether the load generator measured the run: its lanes have `load`. Of those that were kept before, its
-- own name for itself tells.
ALTER TABLE runs ADD COLUMN load INTEGER NOT NULL DEFAULT 0;

UPDATE runs SET load = 1 WHERE client LIKE 'pushpull load %';
