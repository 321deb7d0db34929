-- What the benchmark's devices look like. A device is a number d; in every twenty of them twelve are phones, seven
-- emails and one an address. Phones are below +999, which the ITU has not assigned to anybody: the fictitious
-- ranges (+1 … 555 01xx) do not give millions of different numbers, and this database is thrown away.
CREATE SCHEMA bench;
CREATE FUNCTION bench.setting(name text) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('bench.' || name)::bigint $$;
CREATE FUNCTION bench.kind(d bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN d % 20 = 19 THEN 'ipaddr' WHEN d % 20 >= 12 THEN 'email' ELSE 'phone' END $$;
CREATE FUNCTION bench.address(d bigint) RETURNS inet LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT '3fff::'::inet + d $$;
CREATE FUNCTION bench.device(d bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE bench.kind(d)
           WHEN 'phone' THEN '+999' || lpad(d::text, 9, '0')
           WHEN 'email' THEN CASE WHEN d % 3 = 0 THEN 'Reader.' ELSE 'reader.' END || d || '@example.' || (ARRAY['com', 'net', 'org'])[1 + d % 3]
           ELSE host(bench.address(d))
       END
$$;
-- The devices that attempts were made to: eight of twenty, six phones and two emails.
CREATE FUNCTION bench.called(q bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT q / 8 * 20 + (ARRAY[0, 1, 2, 3, 4, 5, 12, 13])[1 + q % 8] $$;
CREATE FUNCTION bench.called_phone(q bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT q / 6 * 20 + q % 6 $$;
-- Nine of ten rows are the enterprise's, in five accounts; the tenth is a neighbour's and must stay.
CREATE FUNCTION bench.account(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (ARRAY['990000000001', '990000000001', '990000000011', '990000000011', '990000000012', '990000000012',
              '990000000013', '990000000013', '990000000014', '990000000002'])[1 + n % 10]
$$;
CREATE FUNCTION bench.first_name(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (ARRAY['Alice', 'Benjamin', 'Chidi', 'Dorothy', 'Emeka', 'Fatima', 'Gabriel', 'Hannah', 'Isaac', 'Jasmine', 'Keisha'])[1 + n % 11] $$;
CREATE FUNCTION bench.last_name(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (ARRAY['Abernathy', 'Bakare', 'Castellano', 'Delacroix', 'Eriksson', 'Fitzgerald', 'Hollis', 'Ibrahim', 'Jankowski', 'Kowalczyk', 'Lindqvist', 'Mbeki', 'Okafor'])[1 + n % 13] $$;
