//! The acceptance tests: every sentence of the contract that can be seen from outside, against the real binary and a
//! real PostgreSQL.
//!
//! One private cluster serves the whole process, each test has a database of its own. `fixtures/cases/` holds what is
//! best read as files; `UPDATE_GOLDEN=1` writes its expectations anew, for review as a diff.

mod support;

mod alone;
mod answers;
mod archive;
mod below;
mod care;
mod catalogue;
mod census;
mod certificate;
mod crash;
mod dialler;
mod failover;
mod faults;
mod files;
mod golden;
mod history;
mod hostile;
mod media;
mod metrics;
mod misfits;
mod model;
mod network;
mod pace;
mod preview;
mod properties;
mod receipt;
mod records;
mod replica;
mod rivals;
mod schemas;
mod scrub;
mod secrecy;
mod statements;
mod steer;
mod tenants;
mod tls;
mod transient;
mod verify;
