-- Returns the placeholders of devices that were recognised in found values of one table, with their places. Zero rows: there are none.
-- $1, $2 int: the range of placeholder ordinals, above $1 and up to $2.
SELECT DISTINCT f.value, f.slot, f.stored, s.places, p.kind, z.code, pg_catalog.host(z.address) AS address
FROM /* found */ pg_temp.lethe_found_0 /* end */ f
JOIN pg_temp.lethe_sighted s ON s.value OPERATOR(pg_catalog.=) f.value AND s.device OPERATOR(pg_catalog.=) f.device AND s.form OPERATOR(pg_catalog.=) f.form
JOIN pg_temp.lethe_placeholder p ON p.device OPERATOR(pg_catalog.=) f.device AND p.account_id OPERATOR(pg_catalog.=) f.account_id::pg_catalog.text AND p.form OPERATOR(pg_catalog.=) f.form AND p.kind OPERATOR(pg_catalog.=) f.kind
JOIN pg_temp.lethe_random z ON z.ordinal OPERATOR(pg_catalog.=) p.ordinal
WHERE s.certain AND p.ordinal OPERATOR(pg_catalog.>) $1 AND p.ordinal OPERATOR(pg_catalog.<=) $2
ORDER BY f.value
