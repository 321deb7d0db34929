-- Creates the table of records of one kind in which a device was found, by account and root key.
CREATE TEMP TABLE /* record */ pg_temp.lethe_record_0 /* end */ (
    account_id /* account type */ pg_catalog.text /* end */,
    /* keys */ r1 bigint /* end */
) ON COMMIT DELETE ROWS
