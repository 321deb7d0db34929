-- Settings of every session: names resolve to pg_catalog only, values have one text form (contract section 6), hidden rows
-- are an error, commits are durable, found rows fit into memory, and the locks of a client whose machine is gone are
-- released within two minutes.
SET search_path = '';
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET xmloption = 'content';
SET client_min_messages = 'warning';
SET row_security = off;
SET synchronous_commit = on;
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET plan_cache_mode = force_custom_plan;
SET jit = off;
SET work_mem = '64MB';
SET temp_buffers = '64MB';
SET tcp_keepalives_idle = 60;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3;
SET tcp_user_timeout = '90s'
