-- Creates the table of records of one kind in which a device was found, by account and root key.
CREATE TEMP TABLE /* record */ lethe_record_0 /* end */ (
    account_id /* account type */ text /* end */,
    /* keys */ r1 bigint /* end */
) ON COMMIT DELETE ROWS
