-- Creates a function of this session that runs a change and, on error, raises the error again without its message, detail
-- and hint, which can quote a row: the server logs only what leaves the function. change: the statement; NULL checks
-- deferred constraints. With row_key the change takes that parameter, otherwise above and up_to, and returns a number. An
-- empty row_key stands for a change that takes no parameter and returns nothing.
CREATE OR REPLACE FUNCTION pg_temp.lethe_change(change pg_catalog.text, above int, up_to int, row_key pg_catalog.text) RETURNS bigint
LANGUAGE plpgsql AS $function$
DECLARE
    changed bigint;
    state text;
    of_schema text;
    of_table text;
    of_column text;
    of_constraint text;
BEGIN
    IF change IS NULL THEN
        SET CONSTRAINTS ALL IMMEDIATE;
    ELSIF row_key OPERATOR(pg_catalog.=) '' THEN
        EXECUTE change;
    ELSIF row_key IS NOT NULL THEN
        EXECUTE change INTO changed USING row_key;
    ELSE
        EXECUTE change INTO changed USING above, up_to;
    END IF;
    RETURN coalesce(changed, 0);
EXCEPTION WHEN OTHERS OR assert_failure OR query_canceled THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, of_schema = SCHEMA_NAME, of_table = TABLE_NAME,
        of_column = COLUMN_NAME, of_constraint = CONSTRAINT_NAME;
    RAISE EXCEPTION USING ERRCODE = state, MESSAGE = 'a change of lethe failed; its text is kept back, as it may quote a row',
        SCHEMA = of_schema, TABLE = of_table, COLUMN = of_column, CONSTRAINT = of_constraint;
END
$function$
