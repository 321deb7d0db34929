-- Creates the table of found rows of one table: one row for each target and device column (slot).
-- k…: the row's key. r…: the key of the record's root, if that is another table. form: equal for all values that share a
-- placeholder (emails in any case). stored: the value as stored.
CREATE TEMP TABLE /* found */ lethe_found_0 /* end */ (
    target int,
    device int,
    slot smallint,
    kind text,
    account_id /* account type */ text /* end */,
    /* keys */ k1 bigint, k2 smallint, r1 bigint /* end */,
    form text,
    stored text
) ON COMMIT DELETE ROWS
