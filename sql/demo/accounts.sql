-- Adds the tenants of the demo: the enterprise of the seed's sample (30003748347) with children and a grandchild, and another
-- enterprise with a child of its own.
INSERT INTO contact_centre.account (account_id, parent_id, name, country_code, dialling_code, trunk_prefix, time_zone)
VALUES ('30003748347', NULL,          'Larkspur Home Services',     'US', '1', '1', 'America/New_York'),
       ('30003748401', '30003748347', 'Larkspur Energy',            'US', '1', '1', 'America/New_York'),
       ('30003748402', '30003748347', 'Larkspur Broadband',         'US', '1', '1', 'America/Chicago'),
       ('30003748403', '30003748347', 'Larkspur Insurance',         'US', '1', '1', 'America/New_York'),
       ('30003748511', '30003748402', 'Larkspur Broadband, Québec', 'CA', '1', '1', 'America/Toronto'),
       ('40001187020', NULL,          'Northquay Bank',             'US', '1', '1', 'America/Los_Angeles'),
       ('40001187121', '40001187020', 'Northquay "Cards & More"',   'US', '1', '1', 'America/Los_Angeles')
