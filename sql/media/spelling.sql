-- Staging for the URIs by which rows may name the objects about to be deleted. Filled by COPY, so that they appear in no statement;
-- never analysed, so that they do not get into pg_statistic.
CREATE TEMP TABLE IF NOT EXISTS pg_temp.lethe_media_spelling (object int, spelling pg_catalog.text) ON COMMIT DELETE ROWS
