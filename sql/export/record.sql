-- Notes for each request the records in which its devices were found in one of their tables.
INSERT INTO /* record */ lethe_record_0 /* end */ (request, account_id, /* root names */ r1 /* end */)
SELECT DISTINCT q.request, f.account_id, /* root keys */ f.r1 /* end */
FROM /* found */ lethe_found_0 /* end */ f
JOIN lethe_wanted q ON q.target = f.target
