-- Draws the order in which devices are requested: the called ones and the addresses, nine of twenty, at random.
-- Ranges of no are sets without a common device. device is canonical.
CREATE TABLE bench.target AS
SELECT row_number() OVER (ORDER BY hashint8extended(d, 6)) - 1 AS no, lower(bench.device(d)) AS device, bench.kind(d) AS kind
FROM generate_series(0, bench.setting('contacts') - 1) AS d
WHERE d % 20 IN (0, 1, 2, 3, 4, 5, 12, 13, 19);
CREATE UNIQUE INDEX ON bench.target (no);
ANALYZE bench.target;
