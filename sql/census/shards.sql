-- The number of shards that a distributed database has not removed yet. One row.
SELECT pg_catalog.count(*) AS shards FROM /* cleanup */ pg_catalog.pg_class /* end */
