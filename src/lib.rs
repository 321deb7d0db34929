//! Lethe: a database-native anonymisation engine for contact centres on PostgreSQL.
//!
//! The modules in the order in which data passes them; see ARCHITECTURE.md.

pub mod drop_folder;

pub mod device;
pub mod placeholder;
pub mod request;
pub mod submission;

pub mod care;

pub mod catalogue;
pub mod name;
pub mod plan;
pub mod response;
pub mod scope;
pub mod statement;

pub mod archive;
pub mod execute;
pub mod execution_log;
pub mod ledger;
pub mod receipt;

pub mod database;

pub mod clock;
pub mod config;
mod fault;
pub mod media;
pub mod metrics;
pub mod person;
pub mod pipeline;
pub mod scrub;

pub mod census;
pub mod certificate;

pub mod cli;
pub mod command;
pub mod embedded;
