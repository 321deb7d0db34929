-- Requests of an export take their records one after the other.
CREATE INDEX ON /* record */ lethe_record_0 /* end */ (request)
