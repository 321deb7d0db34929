-- Row counts of the noted records for the planner; no column holds a device.
ANALYZE /* record */ lethe_record_0 /* end */
