-- Creates the schema of Lethe's own tables, unless it exists. Returns no rows.
CREATE SCHEMA IF NOT EXISTS lethe
