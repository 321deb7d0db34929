-- The outbox knows again which object a row named, without naming it: a row that names another by the time its object
-- is to be deleted is left alone.
ALTER TABLE lethe.media ADD COLUMN object_digest bytea;
COMMENT ON COLUMN lethe.media.object_digest IS '32 random bytes, then the HMAC-SHA256 under them of the URI that the row had; NULL once the object is gone.';

-- Whether a row that names an object stands in an outbox is asked before the object goes.
CREATE INDEX media_open ON lethe.media (table_name, row_key) WHERE deleted_at IS NULL;
