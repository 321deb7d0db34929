-- The rules for cases that the owner of the ledger has set. Zero rows: they were deleted by hand, and the strictest apply.
SELECT two_people, count_tolerance, changed_at, changed_by FROM lethe.policy
