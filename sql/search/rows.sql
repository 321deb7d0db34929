-- Returns the rows of a table in the text format of COPY, which prints each value by the output function of its type and calls no
-- cast. Zero rows: the table is empty.
COPY (
    SELECT /* columns */ t.contact_id, t.first_name /* end */
    FROM /* table */ contact_centre.contact /* end */ t
) TO STDOUT
