//! Below SQL: what a FORGET leaves in the server's log and in its files, and what a scrub removes.

mod fixture;
mod quiet;
mod removed;
