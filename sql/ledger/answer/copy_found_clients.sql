-- Keeps rows by which client IDs are found again, in the transaction that changed the data.
COPY lethe.found_client (submission_id, request, contact, table_name, row_key) FROM STDIN WITH (FORMAT binary)
