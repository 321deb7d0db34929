-- A customer's tables with a canary in every kind of place that PostgreSQL keeps values in; a tablespace `apart` is there.
CREATE SCHEMA care;
CREATE TABLE care.audit (
    audit_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id text NOT NULL,
    phone      text,
    ip         inet,
    full_name  text
);
CREATE INDEX audit_phone ON care.audit (phone);
CREATE INDEX audit_host ON care.audit (host(ip));
CREATE TABLE care.shadow (phone text, full_name text);

CREATE TABLE care.caller (
    caller_id  bigint PRIMARY KEY,
    account_id text NOT NULL,
    phone      text,
    ip         inet,
    full_name  text,
    notes      text,
    profile    jsonb,
    tags       text[],
    words      tsvector GENERATED ALWAYS AS (to_tsvector('simple', coalesce(full_name, ''))) STORED
) TABLESPACE apart;
ALTER TABLE care.caller ALTER COLUMN notes SET STORAGE EXTERNAL;

CREATE TABLE care.event (
    event_id   bigint,
    day        date,
    account_id text NOT NULL,
    phone      text,
    ip         inet,
    body       text,
    PRIMARY KEY (event_id, day, account_id)
) PARTITION BY RANGE (day);
CREATE TABLE care.event_2017 PARTITION OF care.event FOR VALUES FROM ('2017-01-01') TO ('2018-01-01') PARTITION BY LIST (account_id);
CREATE TABLE care.event_2017_110 PARTITION OF care.event_2017 FOR VALUES IN ('110');
CREATE TABLE care.event_later PARTITION OF care.event DEFAULT;
CREATE INDEX event_phone ON care.event (phone);
CREATE INDEX event_ip ON care.event (host(ip));
CREATE INDEX event_body ON care.event (body);

-- Few enough rows that statistics hold each value. Of those with a canary three are alike.
INSERT INTO care.caller (caller_id, account_id, phone, ip, full_name, notes, profile, tags)
SELECT n, '110', '+16175550' || 200 + n, ('192.0.2.' || n)::inet, 'Ada ' || n, 'Ada', '{"pet": "dog"}', ARRAY['Ada ' || n]
FROM generate_series(1, 60) n;
INSERT INTO care.caller (caller_id, account_id, phone, ip, full_name, notes, profile, tags)
SELECT 60 + n, '110', '+16175550171', '3fff:a1b2:c3d4:e5f6:9a8b:7c6d:5e4f:3a2b', 'Zz Kanarie', repeat('Kanarie ', 1000),
       '{"pet": "Kanarie", "Kanarie": 1}', ARRAY['Kanarie', 'x']
FROM generate_series(1, 3) n;
INSERT INTO care.caller (caller_id, account_id, phone, ip, full_name, notes, profile, tags) VALUES
    (64, '110', '+16175550264', '192.0.2.171', 'Zz Kanarie', 'Kanarie', '{"pet": "Kanarie"}', ARRAY['Kanarie']);
INSERT INTO care.event
SELECT n, CASE WHEN n % 2 = 0 THEN '2017-05-01'::date ELSE '2018-03-01' END, '110',
       CASE WHEN n > 60 THEN '+16175550171' ELSE '+16175550' || 200 + n END, ('192.0.2.' || least(n, 60))::inet,
       CASE WHEN n > 60 THEN 'Kanarie' ELSE 'Ada ' || n END
FROM generate_series(1, 64) n;

CREATE INDEX caller_btree ON care.caller (phone);
CREATE INDEX caller_host ON care.caller (host(ip));
CREATE INDEX caller_inet ON care.caller (ip);
CREATE INDEX caller_lower ON care.caller (lower(full_name));
CREATE INDEX caller_partial ON care.caller (account_id) INCLUDE (full_name) WHERE phone IS NOT NULL;
CREATE INDEX caller_include ON care.caller (account_id) INCLUDE (full_name);
CREATE INDEX caller_hash ON care.caller USING hash (phone);
CREATE INDEX caller_gin ON care.caller USING gin (profile);
CREATE INDEX caller_array ON care.caller USING gin (tags);
CREATE INDEX caller_words ON care.caller USING gin (words);
CREATE INDEX caller_gist ON care.caller USING gist (ip inet_ops);
CREATE INDEX caller_spgist ON care.caller USING spgist (full_name);
CREATE INDEX caller_spgist_inet ON care.caller USING spgist (ip);
CREATE INDEX caller_brin ON care.caller USING brin (full_name);
CREATE INDEX caller_brin_inet ON care.caller USING brin (ip inet_minmax_ops);
CREATE STATISTICS care.caller_together (mcv, dependencies, ndistinct) ON phone, full_name FROM care.caller;
CREATE STATISTICS care.caller_expression ON (upper(full_name)), (upper(phone)) FROM care.caller;
CREATE STATISTICS care.event_together (mcv) ON phone, body FROM care.event;
-- Short ones are not compressed.
ALTER STATISTICS care.event_together SET STATISTICS 10;
ALTER STATISTICS care.caller_expression SET STATISTICS 5;

CREATE MATERIALIZED VIEW care.seen AS SELECT caller_id, phone, full_name, profile FROM care.caller;
CREATE UNIQUE INDEX seen_key ON care.seen (caller_id);
CREATE INDEX seen_gin ON care.seen USING gin (profile);
CREATE MATERIALIZED VIEW care.seen_again AS SELECT caller_id, upper(full_name) AS name FROM care.seen;
CREATE UNIQUE INDEX seen_again_key ON care.seen_again (caller_id);
CREATE INDEX seen_again_name ON care.seen_again (name);

CREATE MATERIALIZED VIEW care.unseen AS SELECT caller_id, phone FROM care.caller WITH NO DATA;
CREATE UNIQUE INDEX unseen_key ON care.unseen (caller_id);

CREATE FUNCTION care.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO care.audit (account_id, phone, ip, full_name) VALUES (OLD.account_id, OLD.phone, OLD.ip, OLD.full_name);
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER UPDATE ON care.caller FOR EACH ROW EXECUTE FUNCTION care.note();
CREATE FUNCTION care.shade() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO care.shadow VALUES (OLD.phone, OLD.body);
    RETURN NULL;
END $$;
CREATE TRIGGER shade AFTER UPDATE ON care.event FOR EACH ROW EXECUTE FUNCTION care.shade();
