-- Shards that a distributed database has still to remove. One row.
SELECT count(*) AS shards FROM /* cleanup */ pg_catalog.pg_class /* end */
