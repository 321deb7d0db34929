-- Fills lethe_media_spelling.
COPY lethe_media_spelling (object, spelling) FROM STDIN WITH (FORMAT binary)
