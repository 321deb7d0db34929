-- One row: whether the server is on this machine, as far as the session tells: it goes through a socket.
SELECT inet_server_addr() IS NULL AS local
