-- Fills lethe_media_spelling.
COPY pg_temp.lethe_media_spelling (object, spelling) FROM STDIN WITH (FORMAT binary)
