-- Contact attempts with texts and documents, in a table that no catalogue declares; one in a thousand holds a wanted phone.
CREATE TABLE public.attempt AS
SELECT i AS attempt_id,
       timestamptz '2026-03-01 00:00Z' + i * interval '7 seconds' AS attempted_at,
       (30003748347 + i % 20)::text AS account_id,
       'C-' || left(md5(i::text), 8) AS client_id,
       (ARRAY['Ada', 'Björn', 'Carol', 'Dmitri', 'François'])[1 + i % 5] AS first_name,
       (ARRAY['Quartz', 'Okonkwo', 'Smith-Jones', 'Álvarez'])[1 + i % 4] AS last_name,
       CASE WHEN i % 1000 = 0 THEN '+1202555' || lpad((i / 1000 % 10000)::text, 4, '0') ELSE '+1303' || lpad((i % 8000000 + 2000000)::text, 7, '0') END AS device,
       CASE i % 3 WHEN 0 THEN 'Dear customer, your order ' || i || ' is on its way. It arrives on Monday.' END AS message_text,
       '198.18.' || i / 256 % 256 || '.' || i % 256 AS response_ip,
       md5((i * 7)::text)::uuid AS session_id,
       jsonb_build_object('campaign', 'spring-' || i % 12, 'score', i % 1000 / 1000.0, 'token', md5((i * 3)::text), 'agent', 'agent' || i % 300) AS attributes
FROM generate_series(1, $ROWS) i
