-- Staging: the URIs by which rows may name the objects that are about to be deleted; filled by COPY, so that they stand
-- in no statement. Never analysed: no URI is in pg_statistic.
CREATE TEMP TABLE IF NOT EXISTS lethe_media_spelling (object int, spelling text) ON COMMIT DELETE ROWS
