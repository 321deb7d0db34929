-- Adds which accounts own or share a short code.
INSERT INTO contact_centre.short_code_account (short_code, account_id)
SELECT CASE WHEN a.account_id OPERATOR(pg_catalog.~~) '3%' THEN '11111' ELSE '44444' END, a.account_id
FROM contact_centre.account a
UNION ALL
SELECT '22222', a.account_id
FROM contact_centre.account a
UNION ALL
VALUES ('33333', '30003748403')
