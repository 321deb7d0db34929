-- Values outside tables: the number of large objects, and of comments on user objects. One row.
SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata) AS large_objects,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_description d WHERE d.objoid OPERATOR(pg_catalog.>=) 16384) OPERATOR(pg_catalog.+) (SELECT pg_catalog.count(*) FROM pg_catalog.pg_shdescription d WHERE d.objoid OPERATOR(pg_catalog.>=) 16384)
           AS comments
