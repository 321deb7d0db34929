-- An enterprise with four accounts below it, a neighbour, and a short code for each.
INSERT INTO contact_centre.account (account_id, parent_id, name, country_code, dialling_code, time_zone)
VALUES ('990000000001', NULL, 'Larkspur', 'ZZ', '999', 'UTC'),
       ('990000000011', '990000000001', 'Larkspur East', 'ZZ', '999', 'UTC'),
       ('990000000012', '990000000001', 'Larkspur West', 'ZZ', '999', 'UTC'),
       ('990000000013', '990000000001', 'Larkspur North', 'ZZ', '999', 'UTC'),
       ('990000000014', '990000000001', 'Larkspur South', 'ZZ', '999', 'UTC'),
       ('990000000002', NULL, 'Northquay', 'ZZ', '999', 'UTC');
INSERT INTO contact_centre.contact_list (account_id, name)
SELECT account_id, 'Active customers' FROM contact_centre.account;
INSERT INTO contact_centre.short_code (short_code, kind) VALUES ('11111', 'dedicated'), ('44444', 'dedicated');
INSERT INTO contact_centre.short_code_account (short_code, account_id)
SELECT CASE WHEN account_id = '990000000002' THEN '44444' ELSE '11111' END, account_id FROM contact_centre.account;
-- What the requested enterprise reaches.
CREATE TABLE bench.scope AS SELECT account_id FROM contact_centre.account WHERE account_id <> '990000000002';
ANALYZE bench.scope;
