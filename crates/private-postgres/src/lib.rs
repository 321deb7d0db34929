#![doc = include_str!("../README.md")]

mod application;
mod binaries;
mod cluster;
mod durability;
mod error;
mod keeper;
mod keeper_process;
mod lifeline;
mod limits;
mod lock;
mod log;
mod message;
mod persistent;
mod pid_file;
mod server;
mod server_user;

pub use application::Application;
pub use binaries::find_binaries;
pub use cluster::Cluster;
pub use error::ClusterError;
pub use keeper::keeper_main;
pub use keeper_process::KEEPER_ARGUMENT;
