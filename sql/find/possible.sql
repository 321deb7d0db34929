-- Counts the rows of accounts in scope that may hold a device but could also hold something else, by target, table and column. Zero rows: there are none.
SELECT g.target, s.table_number, s.slot, pg_catalog.count(DISTINCT s.row_key) AS row_count
FROM pg_temp.lethe_sighted s
JOIN pg_temp.lethe_scope_account a ON a.account_id OPERATOR(pg_catalog.=) s.account_id
JOIN pg_temp.lethe_target g ON g.device OPERATOR(pg_catalog.=) s.device AND g.scope OPERATOR(pg_catalog.=) a.scope
WHERE NOT s.certain AND NOT g.settled
GROUP BY g.target, s.table_number, s.slot
