-- Keeps statements, parameters and error messages of this session out of the server's log: an error can quote a row, and
-- Lethe reports its SQLSTATE itself. Most lines need a privilege; each is tried on its own, and one that this role may not
-- set is skipped.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_duration_sample = -1;
SET log_parameter_max_length = 0;
SET log_parameter_max_length_on_error = 0;
SET log_min_error_statement = 'panic';
SET log_min_messages = 'log';
SET log_error_verbosity = 'terse';
SET auto_explain.log_min_duration = -1;
SET debug_print_parse = off;
SET debug_print_rewritten = off;
SET debug_print_plan = off;
