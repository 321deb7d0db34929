-- Takes a range of the drawn devices, each with a placeholder.
-- $1, $2 bigint: from $1 up to, not including, $2.
INSERT INTO set_device (device, kind, code, address)
SELECT t.device, t.kind, 'anon-' || t.kind || '-' || left(r.code, 26),
       ('2001:db8:' || substr(r.code, 1, 4) || ':' || substr(r.code, 5, 4) || ':' || substr(r.code, 9, 4) || ':'
           || substr(r.code, 13, 4) || ':' || substr(r.code, 17, 4) || ':' || substr(r.code, 21, 4))::inet
FROM bench.target t
CROSS JOIN LATERAL (SELECT md5(t.no::text || random()::text) AS code) AS r
WHERE t.no >= $1 AND t.no < $2
