-- The keys of all rows that an export of the set gives, in key order, for `\copy` to fetch: found beforehand.
DROP TABLE IF EXISTS bench.export_contact, bench.export_attempt, bench.export_message;
CREATE TABLE bench.export_contact AS
SELECT DISTINCT contact_id, account_id FROM set_contact_device ORDER BY contact_id, account_id;
CREATE TABLE bench.export_attempt AS
SELECT attempt_id, attempted_at, account_id FROM set_attempt ORDER BY attempt_id, attempted_at, account_id;
CREATE TABLE bench.export_message AS
SELECT message_id, account_id FROM set_message ORDER BY message_id, account_id;
ANALYZE bench.export_contact, bench.export_attempt, bench.export_message;
