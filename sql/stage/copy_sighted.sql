-- Fills lethe_sighted.
COPY pg_temp.lethe_sighted (table_number, slot, value, device, certain, account_id, row_key, form, places, stored) FROM STDIN WITH (FORMAT binary)
