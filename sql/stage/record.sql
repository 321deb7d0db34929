-- Records of one kind in which a device was found, by account and root key; request only for exports.
CREATE TEMP TABLE /* record */ lethe_record_0 /* end */ (
    request int,
    account_id /* account type */ text /* end */,
    /* keys */ r1 bigint /* end */
) ON COMMIT DELETE ROWS
