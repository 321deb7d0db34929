-- An approval records which content was approved, so that the statement that begins or resumes a submission can compare it.
ALTER TABLE lethe.case_approval ADD COLUMN digest bytea;
COMMENT ON COLUMN lethe.case_approval.digest IS 'HMAC-SHA-256 of the content that was approved, under the digest_key of its row in lethe.case_file. NULL for a file in a customer''s drop, a file that was not opened with lethe, and approvals of a ledger older than version 15: none of them counts where two people must agree.';
