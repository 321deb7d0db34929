//! Lethe: a database-native anonymisation engine for contact centres on PostgreSQL.
//!
//! The modules in the order in which data passes them; see ARCHITECTURE.md.

// `pub` is for what the program, the tests and the benchmark use. This lint covers the library only: a test or a benchmark
// is one crate without users, in which the two words mean the same.
#![deny(unreachable_pub)]

pub mod catalogue;
pub mod cli;
pub mod domain;
pub mod drop;
pub mod engine;
pub mod erasure;
pub mod ledger;
pub mod media;
pub mod postgres;
pub mod proof;
pub mod service;
