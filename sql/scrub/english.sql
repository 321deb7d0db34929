-- Makes VACUUM report in English, the language that Lethe parses. Needs a privilege.
SET lc_messages = 'C'
