-- Adds a contact for each person.
INSERT INTO contact_centre.contact (contact_id, account_id, list_id, client_id, first_name, last_name, company, attributes, created_at)
SELECT p.n, p.account_id, p.list_id, p.client_id, p.first_name, p.last_name, p.company,
       CASE
           WHEN p.n OPERATOR(pg_catalog.%) 4 OPERATOR(pg_catalog.=) 0 THEN pg_catalog.jsonb_build_object('plan', 'Fibre 500', 'city', (ARRAY['Boston', 'São Paulo', 'Zürich', '大阪'])[1 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog./) 4 OPERATOR(pg_catalog.%) 4)])
           WHEN p.n OPERATOR(pg_catalog.%) 4 OPERATOR(pg_catalog.=) 1 THEN pg_catalog.jsonb_build_object('note', E'Prefers evenings, "not before 18:00"\nAsk for ' OPERATOR(pg_catalog.||) p.first_name, 'vip', p.n OPERATOR(pg_catalog.%) 8 OPERATOR(pg_catalog.=) 1)
           WHEN p.n OPERATOR(pg_catalog.%) 4 OPERATOR(pg_catalog.=) 2 THEN pg_catalog.jsonb_build_object('contract', 'C-' OPERATOR(pg_catalog.||) (48000 OPERATOR(pg_catalog.+) p.n), 'renewal', pg_catalog.to_char(pg_catalog.now() OPERATOR(pg_catalog.+) pg_catalog.make_interval(days => p.n OPERATOR(pg_catalog.%) 300), 'YYYY-MM-DD'))
           ELSE '{}'::pg_catalog.jsonb
       END,
       pg_catalog.now() OPERATOR(pg_catalog.-) pg_catalog.make_interval(days => 20 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog.%) 370))
FROM pg_temp.lethe_demo_person p
ORDER BY p.n
