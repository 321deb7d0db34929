-- The schema of Lethe's own tables; refinery's table of applied migrations lives there too.
CREATE SCHEMA IF NOT EXISTS lethe
