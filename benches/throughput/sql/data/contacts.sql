-- Adds the contacts, 0 up to bench.contacts.
INSERT INTO contact_centre.contact (contact_id, account_id, list_id, client_id, first_name, last_name, company, attributes, created_at)
SELECT n, bench.account(n), 1, 'C-' || n, bench.first_name(n), bench.last_name(n),
       CASE WHEN n % 6 = 0 THEN 'Baker, Adeyemi & Sons' END,
       jsonb_build_object('segment', 'S' || n % 7, 'balance', n % 1000, 'note', 'prefers calls after ' || n % 12 || ' o''clock'),
       now() - interval '400 days' + n * (interval '40 days' / bench.setting('contacts'))
FROM generate_series(0, bench.setting('contacts') - 1) AS n
