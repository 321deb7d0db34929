-- Comments on every table and column of the ledger, for `\d+` in psql and for the reference. Comments of earlier migrations that needed a
-- clearer wording are replaced. No data, type or constraint changes; readers and writers are not blocked.

COMMENT ON TABLE lethe.ledger IS 'One row that identifies this ledger among those that share a data folder.';
COMMENT ON COLUMN lethe.ledger.ledger_id IS 'Random identifier. Together with the OID of the database it names the folder of this ledger in the spool.';

COMMENT ON TABLE lethe.ledger_migration IS 'The migrations that lethe migrate applied to this ledger, one row each. Its columns are defined by the migration library refinery.';
COMMENT ON COLUMN lethe.ledger_migration.version IS 'Number of the migration, from 1. The largest number is the version of the ledger.';
COMMENT ON COLUMN lethe.ledger_migration.name IS 'Name of the migration.';
COMMENT ON COLUMN lethe.ledger_migration.applied_on IS 'When the migration was applied, in RFC 3339 format.';
COMMENT ON COLUMN lethe.ledger_migration.checksum IS 'Checksum of the migration. lethe migrate stops if it differs from that of the program.';

COMMENT ON TABLE lethe.submission IS 'One row per submit file. Purge deletes its keys, cases and answers; the counts and the file name remain.';
COMMENT ON COLUMN lethe.submission.submission_id IS 'Identifies the submission in all tables of the ledger.';
COMMENT ON COLUMN lethe.submission.drop_name IS 'Drop that received the file. The folder of a case is case/ followed by the case ID; purge of the case replaces the name with case/purged/ followed by submission_id.';
COMMENT ON COLUMN lethe.submission.file_name IS 'Name of the submit file. A name is accepted once per drop, also after purge.';
COMMENT ON COLUMN lethe.submission.action IS 'FORGET or EXPORT.';
COMMENT ON COLUMN lethe.submission.state IS 'received: the name is claimed. running: the file was read and is being processed. answered: every contact has its response. done: the results are published.';
COMMENT ON COLUMN lethe.submission.digest_key IS 'Random key (32 bytes) of the digests of the submit file and its results. NULL after purge.';
COMMENT ON COLUMN lethe.submission.digest IS 'HMAC-SHA-256 of the content of the submit file under digest_key. NULL until the content is in the spool, and after purge.';
COMMENT ON COLUMN lethe.submission.contacts IS 'Number of contacts in the file. 0 until the file is read.';
COMMENT ON COLUMN lethe.submission.success IS 'Number of contacts answered with success, including not_found. 0 until all contacts are answered.';
COMMENT ON COLUMN lethe.submission.not_found IS 'Number of contacts whose device was not found. 0 until all contacts are answered.';
COMMENT ON COLUMN lethe.submission.errors IS 'Number of contacts answered with an error, plus the number of malformed requests. 0 until all contacts are answered.';
COMMENT ON COLUMN lethe.submission.error IS 'Why the file could not be processed at all. NULL if it could be read, or was not read yet.';
COMMENT ON COLUMN lethe.submission.received_at IS 'When a run claimed the file.';
COMMENT ON COLUMN lethe.submission.answered_at IS 'When the last contact was answered. NULL until then.';
COMMENT ON COLUMN lethe.submission.completed_at IS 'When all results were published. NULL until then.';
COMMENT ON COLUMN lethe.submission.purged_at IS 'When purge last deleted the results, keys and answers. NULL until then.';
COMMENT ON COLUMN lethe.submission.started_at IS 'When processing began. NULL until the file is read.';
COMMENT ON COLUMN lethe.submission.wish IS 'Control request. pause: runs skip the submission until it is resumed. cancel: contacts without a response get an error, and the log is published. NULL: none.';
COMMENT ON COLUMN lethe.submission.wished_at IS 'When the submission was last paused, resumed or cancelled. NULL: never.';
COMMENT ON COLUMN lethe.submission.trace IS 'kept: rows that lead to the client IDs found are in lethe.found_client, if any were found. verified: they were deleted after a verification found nothing. NULL: they were not kept.';
COMMENT ON COLUMN lethe.submission.begun_lsn IS 'WAL insert position when processing began, for the operator''s copy of the receipt. NULL until the file is read.';
COMMENT ON COLUMN lethe.submission.begun_xid IS 'ID of the transaction in which processing began, for the operator''s copy of the receipt. NULL until the file is read.';
COMMENT ON COLUMN lethe.submission.asked_on IS 'Earliest day on which a consumer asked for one of the cases. Recorded by purge, which deletes the cases; NULL before that, or if no day is known.';
COMMENT ON COLUMN lethe.submission.resumed_at IS 'When a run last resumed the submission. NULL: never.';
COMMENT ON COLUMN lethe.submission.resumed_answered IS 'Number of contacts that had a response at resumed_at. The rate of the current run is counted from there. NULL if it was never resumed.';
COMMENT ON COLUMN lethe.submission.answered_by_server IS 'The same moment as answered_at by the clock of the database server, to compare with the time of backups and dumps. NULL until then, and if a ledger older than version 12 recorded it.';

COMMENT ON TABLE lethe.request IS 'One row per request of a submission. Deleted by purge.';
COMMENT ON COLUMN lethe.request.submission_id IS 'The submission.';
COMMENT ON COLUMN lethe.request.request IS 'Position of the request in the file, from 1.';
COMMENT ON COLUMN lethe.request.request_case IS 'Case ID given in the request. NULL if it has none.';
COMMENT ON COLUMN lethe.request.contacts IS 'Number of contacts in the request. 0 if the request is malformed.';

COMMENT ON TABLE lethe.contact IS 'The response to each contact, written in the transaction that changed its data. Deleted by purge. It has no foreign key, for speed.';
COMMENT ON COLUMN lethe.contact.submission_id IS 'The submission.';
COMMENT ON COLUMN lethe.contact.request IS 'Position of the request in the file, from 1.';
COMMENT ON COLUMN lethe.contact.contact IS 'Position of the contact in the request, from 1.';
COMMENT ON COLUMN lethe.contact.kind IS 'Kind of device: phone, email or ipaddr. NULL if the contact has no valid device.';
COMMENT ON COLUMN lethe.contact.response IS 'Response as published in the execution log. It begins with SUCCESS or ERROR.';
COMMENT ON COLUMN lethe.contact.row_counts IS 'Number of rows that held the device, as {"schema.table": rows}. NULL if no row held it, or it was not searched for.';

COMMENT ON TABLE lethe.table_count IS 'Number of rows that a submission changed (FORGET) or exported (EXPORT), by table and worker. The total of a table is the sum over its workers.';
COMMENT ON COLUMN lethe.table_count.submission_id IS 'The submission.';
COMMENT ON COLUMN lethe.table_count.table_name IS 'Table as named in the catalogue, schema.table.';
COMMENT ON COLUMN lethe.table_count.row_count IS 'Number of rows changed or exported.';
COMMENT ON COLUMN lethe.table_count.worker IS 'Number of the worker that counted, from 0. Each has a row of its own, so that none waits for the commit of another.';

COMMENT ON TABLE lethe.duplicate IS 'Other content submitted under a file name that was used before. Each is answered once, by a file whose name ends in -duplicate-N.json, where N is the ordinal.';
COMMENT ON COLUMN lethe.duplicate.submission_id IS 'The submission that used the name first.';
COMMENT ON COLUMN lethe.duplicate.ordinal IS 'Position among the duplicates of this name, from 1.';
COMMENT ON COLUMN lethe.duplicate.digest_key IS 'Random key (32 bytes) of the digest. NULL after purge.';
COMMENT ON COLUMN lethe.duplicate.digest IS 'HMAC-SHA-256 of the content under digest_key. NULL after purge.';
COMMENT ON COLUMN lethe.duplicate.answered_at IS 'When the answer was published. NULL until then.';

COMMENT ON TABLE lethe.result IS 'One row per result file: execution logs, archives, media logs, receipts, and answers to duplicates.';
COMMENT ON COLUMN lethe.result.submission_id IS 'The submission.';
COMMENT ON COLUMN lethe.result.file_name IS 'Name of the file in the result folder of the drop.';
COMMENT ON COLUMN lethe.result.digest IS 'HMAC-SHA-256 of the file under the digest_key of the submission, for archives of an EXPORT. NULL for all other files, and after purge.';
COMMENT ON COLUMN lethe.result.published_at IS 'When the file was published. NULL until then.';

COMMENT ON TABLE lethe.media IS 'Outbox of media objects to delete. Filled in the transaction that redacts the rows; the URI stays in its row until the object is deleted. Purge keeps entries whose object is not deleted.';
COMMENT ON COLUMN lethe.media.submission_id IS 'The submission.';
COMMENT ON COLUMN lethe.media.request IS 'Position of the request in the file, from 1.';
COMMENT ON COLUMN lethe.media.contact IS 'Position of the contact in the request, from 1.';
COMMENT ON COLUMN lethe.media.table_name IS 'Table whose row holds the URI, schema.table.';
COMMENT ON COLUMN lethe.media.row_key IS 'Account and key of the row that holds the URI, as {"column": value}.';
COMMENT ON COLUMN lethe.media.deleted_at IS 'When the object was deleted, or left because other rows name it, and its URI was removed from the row. NULL until then.';
COMMENT ON COLUMN lethe.media.failure IS 'Why the last attempt to delete the object failed, without its name. NULL if no attempt failed, and once the object is deleted.';
COMMENT ON COLUMN lethe.media.object_digest IS '32 random bytes, followed by the HMAC-SHA-256 of the URI under these bytes. An entry whose row holds another URI by now is skipped. NULL once the object is deleted, and in entries of ledgers older than version 5.';

COMMENT ON TABLE lethe.plan_key IS 'One row: the key of plan digests (HMAC-SHA-256). Purge replaces it when it is older than the retention.';
COMMENT ON COLUMN lethe.plan_key.key IS 'Random key, 32 bytes.';
COMMENT ON COLUMN lethe.plan_key.made_at IS 'When the key was made.';

COMMENT ON TABLE lethe.found_client IS 'One row for each client ID found with the device of a contact. It names the ID by the key of a row that holds it, and never contains the ID. Deleted after a verification that finds nothing, at the latest by purge.';
COMMENT ON COLUMN lethe.found_client.submission_id IS 'The submission.';
COMMENT ON COLUMN lethe.found_client.request IS 'Position of the request in the file, from 1.';
COMMENT ON COLUMN lethe.found_client.contact IS 'Position of the contact in the request, from 1. It is the first contact that names the device in its scope.';
COMMENT ON COLUMN lethe.found_client.table_name IS 'Table of the row, schema.table.';
COMMENT ON COLUMN lethe.found_client.row_key IS 'Account and key of the row, as {"column": value}.';

COMMENT ON TABLE lethe.receipt_chain IS 'The end of each drop''s chain of receipts. Adding a receipt locks this row, so that a chain never forks.';
COMMENT ON COLUMN lethe.receipt_chain.drop_name IS 'The drop.';
COMMENT ON COLUMN lethe.receipt_chain.chain_id IS 'Random identifier of the chain. It is part of each receipt.';
COMMENT ON COLUMN lethe.receipt_chain.number IS 'Number of receipts in the chain, which is the number of the last one. 0 before the first.';
COMMENT ON COLUMN lethe.receipt_chain.head IS 'SHA-256 of the content of the last receipt. NULL before the first.';

COMMENT ON TABLE lethe.receipt IS 'The receipt of each submission, byte for byte as published. It is made once; from then on the responses of the submission are final. Purge keeps it.';
COMMENT ON COLUMN lethe.receipt.submission_id IS 'The submission.';
COMMENT ON COLUMN lethe.receipt.chain_id IS 'The chain that the receipt belongs to.';
COMMENT ON COLUMN lethe.receipt.number IS 'Position in the chain, from 1.';
COMMENT ON COLUMN lethe.receipt.content IS 'The signed receipt.';
COMMENT ON COLUMN lethe.receipt.operator_copy IS 'Signed copy for the operator. It adds transaction IDs and WAL positions.';
COMMENT ON COLUMN lethe.receipt.contacts_per_log IS 'Maximum number of contacts per execution log, as the logs that the receipt covers are split.';
COMMENT ON COLUMN lethe.receipt.made_at IS 'When the receipt was made.';

COMMENT ON TABLE lethe.care_case IS 'A case of Customer Care, with the accounts that its folder may reach. Deleted by purge after its last submission.';
COMMENT ON COLUMN lethe.care_case.case_id IS 'The case ID.';
COMMENT ON COLUMN lethe.care_case.product IS 'outbound or messaging.';
COMMENT ON COLUMN lethe.care_case.accounts IS 'Accounts that the folder of the case may reach, within those of the configuration. Opening the case again adds accounts.';
COMMENT ON COLUMN lethe.care_case.received_on IS 'Day on which the consumer asked. NULL if it was not given.';
COMMENT ON COLUMN lethe.care_case.opened_at IS 'When the case was first opened.';

COMMENT ON TABLE lethe.case_file IS 'A submission in the folder of a case, and who put it there. Deleted by purge.';
COMMENT ON COLUMN lethe.case_file.case_id IS 'The case.';
COMMENT ON COLUMN lethe.case_file.file_name IS 'Name of the submit file.';
COMMENT ON COLUMN lethe.case_file.digest_key IS 'Random key (32 bytes) of the digest.';
COMMENT ON COLUMN lethe.case_file.digest IS 'HMAC-SHA-256 of the content of the submit file under digest_key.';
COMMENT ON COLUMN lethe.case_file.opened_at IS 'When the submission was put into the case.';
COMMENT ON COLUMN lethe.case_file.os_uid IS 'Real user ID of the process that put it there.';
COMMENT ON COLUMN lethe.case_file.os_login_uid IS 'User ID of the login session, which the kernel keeps across su and sudo. NULL if it keeps none.';
COMMENT ON COLUMN lethe.case_file.os_user IS 'Name of the user who logged in, or of the process''s user if no login is known. A user without a name is recorded by number.';
COMMENT ON COLUMN lethe.case_file.database_user IS 'Session user of the database. A trigger sets it, so that a client cannot choose it.';

COMMENT ON TABLE lethe.case_approval IS 'Approvals of submissions of cases. Of several approvals of one submission the last one counts. Deleted by purge.';
COMMENT ON COLUMN lethe.case_approval.case_id IS 'The case.';
COMMENT ON COLUMN lethe.case_approval.drop_name IS 'Drop of the submission.';
COMMENT ON COLUMN lethe.case_approval.file_name IS 'Name of the submit file.';
COMMENT ON COLUMN lethe.case_approval.plan IS 'The approved plan: keyed digests and counts, no values.';
COMMENT ON COLUMN lethe.case_approval.approved_at IS 'When the submission was approved.';
COMMENT ON COLUMN lethe.case_approval.os_uid IS 'Real user ID of the process that approved it.';
COMMENT ON COLUMN lethe.case_approval.os_login_uid IS 'User ID of the login session, which the kernel keeps across su and sudo. NULL if it keeps none.';
COMMENT ON COLUMN lethe.case_approval.os_user IS 'Name of the user who logged in, or of the process''s user if no login is known. A user without a name is recorded by number.';
COMMENT ON COLUMN lethe.case_approval.database_user IS 'Session user of the database. A trigger sets it, so that a client cannot choose it.';
COMMENT ON COLUMN lethe.case_approval.approval_id IS 'Order of the approvals; the largest is the last one.';

COMMENT ON TABLE lethe.scrub IS 'One row per run of lethe scrub. A scrub covers everything that was committed when it began: transaction IDs below xid, and WAL before lsn.';
COMMENT ON COLUMN lethe.scrub.scrub_id IS 'Identifies the scrub. A later scrub has a larger ID.';
COMMENT ON COLUMN lethe.scrub.level IS 'Level of the scrub: 1, 1.5 or 2.';
COMMENT ON COLUMN lethe.scrub.started_at IS 'When the scrub began, by the clock of the server.';
COMMENT ON COLUMN lethe.scrub.ended_at IS 'When the scrub ended, by the clock of the server. NULL while it runs, or if it was killed.';
COMMENT ON COLUMN lethe.scrub.xid IS 'First transaction ID that the scrub does not cover, with its epoch (64 bits).';
COMMENT ON COLUMN lethe.scrub.lsn IS 'WAL insert position when the scrub began.';
COMMENT ON COLUMN lethe.scrub.complete IS 'Whether everything was treated and nothing blocked it. NULL while it runs, or if it was killed.';

COMMENT ON TABLE lethe.scrub_seen IS 'For each FORGET and table: the number of changed rows that scrubs know, and the first scrub that covers them. Targets completed by this scrub or a later one are clean of these changes.';
COMMENT ON COLUMN lethe.scrub_seen.submission_id IS 'The FORGET.';
COMMENT ON COLUMN lethe.scrub_seen.table_name IS 'Table as named in the catalogue, schema.table.';
COMMENT ON COLUMN lethe.scrub_seen.row_count IS 'Number of changed rows when the scrub began. A media row whose URI was removed counts once more.';
COMMENT ON COLUMN lethe.scrub_seen.scrub_id IS 'First scrub that began after these changes.';

COMMENT ON TABLE lethe.scrub_unit IS 'The targets of each scrub: what it treats as a whole.';
COMMENT ON COLUMN lethe.scrub_unit.scrub_id IS 'The scrub.';
COMMENT ON COLUMN lethe.scrub_unit.kind IS 'table: a table or partition. parent: a partitioned table, which has statistics only. index. view: a materialised view. statistics: a system catalogue. checkpoint: the checkpoint after rewritten relations.';
COMMENT ON COLUMN lethe.scrub_unit.relation IS 'The relation, schema.name; checkpoint for the target of that kind.';
COMMENT ON COLUMN lethe.scrub_unit.tables IS 'Tables of the catalogue whose old values the target may contain, schema.table.';
COMMENT ON COLUMN lethe.scrub_unit.level IS 'Level at which the target was treated: 1, 1.5 or 2.';
COMMENT ON COLUMN lethe.scrub_unit.started_at IS 'When work on the target began, by the clock of the server.';
COMMENT ON COLUMN lethe.scrub_unit.ended_at IS 'When work on the target ended, by the clock of the server. NULL while it is being treated, or if the scrub was killed.';
COMMENT ON COLUMN lethe.scrub_unit.end_lsn IS 'WAL insert position when work on the target ended. NULL while it is being treated, or if the scrub was killed.';
COMMENT ON COLUMN lethe.scrub_unit.complete IS 'Whether nothing blocked the treatment. NULL while it is being treated, or if the scrub was killed.';

COMMENT ON TABLE lethe.scrub_holder IS 'The blockers of each scrub: what prevented the removal of old values.';
COMMENT ON COLUMN lethe.scrub_holder.scrub_id IS 'The scrub.';
COMMENT ON COLUMN lethe.scrub_holder.relation IS 'The target that was blocked, as in scrub_unit. NULL: the whole database.';
COMMENT ON COLUMN lethe.scrub_holder.kind IS 'Kind of blocker: snapshot, idle, writer, prepared, slot, standby, pinned, bypassed, lock, right, unknown, statistics, view, index, disk, window or error.';
COMMENT ON COLUMN lethe.scrub_holder.keeps IS 'What the server keeps because of the blocker. rows: old row versions in all tables. statistics: old row versions in system catalogues only. wal: write-ahead log.';
COMMENT ON COLUMN lethe.scrub_holder.pid IS 'Process ID of the backend. NULL if the blocker is not a session.';
COMMENT ON COLUMN lethe.scrub_holder.name IS 'Global ID of a prepared transaction, name of a slot, standby or database object, or the reason. NULL if there is none.';
COMMENT ON COLUMN lethe.scrub_holder.since IS 'When the transaction of the blocker began. NULL if it has none, or it is not known.';

COMMENT ON TABLE lethe.certificate_chain IS 'The end of each drop''s chain of certificates. Adding a certificate locks this row, so that a chain never forks.';
COMMENT ON COLUMN lethe.certificate_chain.drop_name IS 'The drop.';
COMMENT ON COLUMN lethe.certificate_chain.chain_id IS 'Random identifier of the chain. It is part of each certificate.';
COMMENT ON COLUMN lethe.certificate_chain.number IS 'Number of certificates in the chain, which is the number of the last one. 0 before the first.';
COMMENT ON COLUMN lethe.certificate_chain.head IS 'SHA-256 of the content of the last certificate. NULL before the first.';

COMMENT ON TABLE lethe.certificate IS 'The certificates of each FORGET, byte for byte as published. They are recorded before they are published. A later certificate replaces the earlier ones. Purge keeps them.';
COMMENT ON COLUMN lethe.certificate.submission_id IS 'The submission.';
COMMENT ON COLUMN lethe.certificate.ordinal IS 'Position among the certificates of the submission, from 1.';
COMMENT ON COLUMN lethe.certificate.chain_id IS 'The chain that the certificate belongs to.';
COMMENT ON COLUMN lethe.certificate.number IS 'Position in the chain, from 1.';
COMMENT ON COLUMN lethe.certificate.level IS 'Level at which scrubs have completed everything that the submission changed: 1, 1.5 or 2. NULL: at none.';
COMMENT ON COLUMN lethe.certificate.content IS 'The signed certificate.';
COMMENT ON COLUMN lethe.certificate.page IS 'The same as an HTML page to print.';
COMMENT ON COLUMN lethe.certificate.operator_copy IS 'Signed copy for the operator, with the details that the certificate omits.';
COMMENT ON COLUMN lethe.certificate.made_at IS 'When the certificate was made, by the clock of the server.';
COMMENT ON COLUMN lethe.certificate.published_at IS 'When the certificate was published. NULL until then.';

COMMENT ON TABLE lethe.changed_relation IS 'Tables and partitions that FORGETs may have changed, by OID, so that a scrub finds them after they were renamed, moved or detached.';
COMMENT ON COLUMN lethe.changed_relation.system_id IS 'System identifier of the server (pg_control_system). OIDs mean other tables on another server, for example after a restore.';
COMMENT ON COLUMN lethe.changed_relation.database_oid IS 'OID of the database.';
COMMENT ON COLUMN lethe.changed_relation.table_name IS 'Table as named in the catalogue, schema.table.';
COMMENT ON COLUMN lethe.changed_relation.relation IS 'OID of the table or partition.';
COMMENT ON COLUMN lethe.changed_relation.last_submission IS 'submission_id of the last FORGET that may have changed it under this name.';
