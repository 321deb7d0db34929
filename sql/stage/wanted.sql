-- Staging for exports: which targets each request asks for.
CREATE TEMP TABLE lethe_wanted (request int, target int) ON COMMIT PRESERVE ROWS
