-- Notes the records in which devices were found in one of their tables. Zero rows: none was found there.
INSERT INTO /* record */ pg_temp.lethe_record_0 /* end */ (account_id, /* root names */ r1 /* end */)
SELECT DISTINCT f.account_id, /* root keys */ f.r1 /* end */
FROM /* found */ pg_temp.lethe_found_0 /* end */ f
