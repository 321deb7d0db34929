-- Creates the table of found rows of one table: one row for each target and device column (slot).
-- k…: the row's key. r…: the key of the record's root, if that is another table. form: equal for all values that share a
-- placeholder (emails in any case). stored: the value as stored. value: of a value in which devices were recognised, its ordinal in lethe_sighted.
CREATE TEMP TABLE /* found */ pg_temp.lethe_found_0 /* end */ (
    target int,
    device int,
    slot smallint,
    kind pg_catalog.text,
    account_id /* account type */ pg_catalog.text /* end */,
    /* keys */ k1 bigint, k2 smallint, r1 bigint /* end */,
    form pg_catalog.text,
    stored pg_catalog.text,
    value int
) ON COMMIT DELETE ROWS
