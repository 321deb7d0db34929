-- Fills the outbox of media objects, in the transaction that changed their rows.
COPY lethe.media (submission_id, request, contact, table_name, row_key, object_digest) FROM STDIN WITH (FORMAT binary)
