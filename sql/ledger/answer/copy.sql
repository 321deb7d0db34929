-- Writes responses, in the transaction that changed the data.
COPY lethe.contact (submission_id, request, contact, kind, response, row_counts) FROM STDIN WITH (FORMAT binary)
