-- VACUUM's reports in the language in which Lethe reads them; needs a right where the server speaks another.
SET lc_messages = 'C'
