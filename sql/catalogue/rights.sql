-- One row: the rights beside those on declared tables that a run needs.
SELECT has_database_privilege(current_database(), 'TEMP') AS may_stage,
       current_user::text AS role_name
