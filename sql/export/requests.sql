-- The requests that have records of one kind.
SELECT DISTINCT request FROM /* record */ lethe_record_0 /* end */
