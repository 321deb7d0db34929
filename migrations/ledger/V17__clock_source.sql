-- Receipts, certificates and logs that were written under LETHE_NOW say so, also when a later pass without it completes them.

ALTER TABLE lethe.submission
    ADD COLUMN clock_source text NOT NULL DEFAULT 'system' CHECK (clock_source IN ('system', 'LETHE_NOW'));

COMMENT ON COLUMN lethe.submission.clock_source IS 'Which clock its times are by: that of the host, or the environment variable LETHE_NOW, if any pass over it ran under that.';
