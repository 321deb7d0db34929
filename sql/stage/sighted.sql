-- Creates the table of values in which devices were recognised: one row for each value, device and form. value: the ordinal of the value. certain:
-- false where it may be something else; then nothing is changed. row_key: account and key of the row. form: equal for all values
-- that share a placeholder. places: where the device is in the value, in bytes of UTF-8 (`from,to;from,to`). It is never analysed, so none of its
-- values is in pg_statistic.
CREATE TEMP TABLE pg_temp.lethe_sighted (
    table_number int,
    slot smallint,
    value int,
    device int,
    certain boolean,
    account_id pg_catalog.text,
    row_key pg_catalog.text,
    form pg_catalog.text,
    places pg_catalog.text,
    stored pg_catalog.text
) ON COMMIT PRESERVE ROWS
