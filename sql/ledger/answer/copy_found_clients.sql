-- Records rows that lead a verification to client IDs, in the transaction that changed the data.
COPY lethe.found_client (submission_id, request, contact, table_name, row_key) FROM STDIN WITH (FORMAT binary)
