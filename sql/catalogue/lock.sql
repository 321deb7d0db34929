-- Keeps a table from being altered until the end of the transaction, while others read and write it.
LOCK TABLE /* table */ contact_centre.contact /* end */ IN ACCESS SHARE MODE
