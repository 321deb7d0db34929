-- Adds a contact for each person.
INSERT INTO contact_centre.contact (contact_id, account_id, list_id, client_id, first_name, last_name, company, attributes, created_at)
SELECT p.n, p.account_id, p.list_id, p.client_id, p.first_name, p.last_name, p.company,
       CASE p.n % 4
           WHEN 0 THEN jsonb_build_object('plan', 'Fibre 500', 'city', (ARRAY['Boston', 'São Paulo', 'Zürich', '大阪'])[1 + p.n / 4 % 4])
           WHEN 1 THEN jsonb_build_object('note', E'Prefers evenings, "not before 18:00"\nAsk for ' || p.first_name, 'vip', p.n % 8 = 1)
           WHEN 2 THEN jsonb_build_object('contract', 'C-' || 48000 + p.n, 'renewal', to_char(now() + make_interval(days => p.n % 300), 'YYYY-MM-DD'))
           ELSE '{}'::jsonb
       END,
       now() - make_interval(days => 20 + p.n % 370)
FROM lethe_demo_person p
ORDER BY p.n
