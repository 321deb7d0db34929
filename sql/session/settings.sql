-- Settings of every session: names resolve to pg_catalog only, literals and values have one text form (contract section 6), NULL
-- and arrays mean what the standard says, hidden rows are an error, the planner evaluates no CHECK
-- constraint, an index search is never cut short, tables are created where
-- the server creates them by default, no time-out of the role ends a session, a transaction or a wait, transactions see what was
-- committed and commits are durable, found rows fit into memory, and the locks of a client whose machine is gone are released
-- within two minutes.
SET search_path = '';
SET standard_conforming_strings = on;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET xmloption = 'content';
SET quote_all_identifiers = off;
SET transform_null_equals = off;
SET array_nulls = on;
SET client_min_messages = 'warning';
SET row_security = off;
SET constraint_exclusion = off;
SET gin_fuzzy_search_limit = 0;
SET default_tablespace = '';
SET temp_tablespaces = '';
SET default_table_access_method = 'heap';
SET default_transaction_isolation = 'read committed';
SET default_transaction_deferrable = off;
SET synchronous_commit = on;
SET exit_on_error = off;
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET idle_session_timeout = 0;
SET plan_cache_mode = force_custom_plan;
SET jit = off;
SET work_mem = '64MB';
SET temp_buffers = '64MB';
SET tcp_keepalives_idle = 60;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3;
SET tcp_user_timeout = '90s'
