//! The acceptance tests: every sentence of the contract that can be observed from outside, against the real binary and a
//! real PostgreSQL.
//!
//! One private cluster serves the whole process, each test has a database of its own. `fixtures/cases/` holds what is
//! best read as files; `UPDATE_GOLDEN=1` writes its expectations anew, for review as a diff.

mod support;

mod behaviour;
mod care;
mod faults;
mod postgres;
mod proof;
mod security;
