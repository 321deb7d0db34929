-- Writes the requests of a submission.
COPY lethe.request (submission_id, request, request_case, contacts) FROM STDIN WITH (FORMAT binary)
