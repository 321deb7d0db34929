-- Several sessions may work on one submission: each counts its own rows, so that none waits for another's commit.
ALTER TABLE lethe.table_count ADD COLUMN worker int NOT NULL DEFAULT 0;
ALTER TABLE lethe.table_count DROP CONSTRAINT table_count_pkey;
ALTER TABLE lethe.table_count ADD PRIMARY KEY (submission_id, table_name, worker);

-- When a submission was begun, for its rate and the time left.
ALTER TABLE lethe.submission ADD COLUMN started_at timestamptz;
