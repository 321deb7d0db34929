-- Takes the lock of an UPDATE on one table, and changes nothing: until the transaction ends, nobody adds a trigger, a constraint or a
-- column. Unlike LOCK TABLE, it needs no privilege on the whole table. Its result is not used.
EXPLAIN (COSTS OFF)
UPDATE /* table */ contact_centre.contact /* end */ t
SET /* column */ first_name /* end */ = t./* column */ first_name /* end */
WHERE false
