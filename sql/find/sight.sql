-- Returns the values of the columns of one table that are searched in any spelling, after account and key; in COPY's text format. The
-- recogniser decides which hold a device.
COPY (
    SELECT /* values */ t.account_id::pg_catalog.text, t.contact_id::pg_catalog.text, t.position::pg_catalog.text, t.device::pg_catalog.text /* end */
    FROM /* table */ contact_centre.contact_device /* end */ t
    WHERE /* present */ t.device IS NOT NULL /* end */
) TO STDOUT
