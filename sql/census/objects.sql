-- Values outside tables: the number of large objects, and of comments on user objects. One row.
SELECT (SELECT count(*) FROM pg_largeobject_metadata) AS large_objects,
       (SELECT count(*) FROM pg_description d WHERE d.objoid >= 16384) + (SELECT count(*) FROM pg_shdescription d WHERE d.objoid >= 16384)
           AS comments
