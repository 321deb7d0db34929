//! Below SQL: what a FORGET leaves in the server's log and in its files.

mod quiet;
