-- Adds the consumers who have the devices of the seed's sample: a household and a consumer in Larkspur's accounts, and the same
-- devices again at Northquay, which the sample's account may not reach. Nobody at Larkspur has genesys2@genesys.com, and nobody
-- at all has 11.11.11.12.
INSERT INTO pg_temp.lethe_demo_person (n, account_id, list_id, client_id, first_name, last_name, company, phone, phone2, email,
                               ipaddr, response_ips, attempts)
VALUES (7001, '30003748347', 1, 'LH-104417', 'Margaret', 'Okafor', 'Okafor & Daughters, "Fine Tiles"', '+17815551212',
        '+16175551212', 'Test@Test.com', '10.10.10.10', ARRAY['10.10.10.10', '11.11.11.11']::pg_catalog.inet[], 14),
       (7002, '30003748402', 5, 'BB-77120', 'Margaret', 'Okafor', NULL, '+17815551212', NULL, 'test@test.com',
        NULL, ARRAY['10.10.10.10']::pg_catalog.inet[], 6),
       (7003, '30003748347', 2, 'LH-104418', 'Daniel', 'Okafor', NULL, '+16175551212', NULL, 'Genesys@Genesys.com',
        NULL, ARRAY['11.11.11.11']::pg_catalog.inet[], 7),
       (7004, '30003748511', 9, 'QC-93102', '健太', '大野', E'Ono Design\nMontréal', '+17815551313', NULL, 'test2@TEST.com',
        '10.10.10.11', ARRAY['10.10.10.11']::pg_catalog.inet[], 9),
       (7005, '30003748401', 3, 'EN-55021', 'Kenta', 'Ono', NULL, '+17815551313', NULL, NULL,
        NULL, ARRAY['10.10.10.11']::pg_catalog.inet[], 4),
       (7006, '40001187020', 11, 'NQ-300912', 'Margaret', 'Okafor', NULL, '+17815551212', '+16175551212', 'test@test.com',
        '10.10.10.10', ARRAY['10.10.10.10', '11.11.11.11']::pg_catalog.inet[], 9),
       (7007, '40001187121', 13, 'NC-81177', 'Kenta', 'Ono', NULL, '+17815551313', NULL, 'genesys2@genesys.com',
        NULL, ARRAY['10.10.10.11']::pg_catalog.inet[], 7)
