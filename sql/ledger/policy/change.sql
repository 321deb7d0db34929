-- Changes the rules for cases.
-- $1 boolean: whether two people must agree, or NULL to leave that; $2 bigint: by how many rows counts may differ, or NULL to leave that.
-- Returns no rows. A row that was deleted by hand is made again, with the strictest rules where none are given.
INSERT INTO lethe.policy AS p (two_people, count_tolerance, changed_at, changed_by)
VALUES (coalesce($1::boolean, true), coalesce($2::bigint, 0), pg_catalog.clock_timestamp(), session_user)
ON CONFLICT (only_row) DO UPDATE
SET two_people = coalesce($1::boolean, p.two_people), count_tolerance = coalesce($2::bigint, p.count_tolerance),
    changed_at = excluded.changed_at, changed_by = excluded.changed_by
