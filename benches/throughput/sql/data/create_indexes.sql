-- Builds the indexes that were taken away.
DO $$
DECLARE
    index_definition text;
BEGIN
    FOR index_definition IN SELECT definition FROM bench.index_definition LOOP
        EXECUTE index_definition;
    END LOOP;
END
$$;
