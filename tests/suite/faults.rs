//! What survives a crash, a lost connection, a failing disk and another process at work.

mod crash;
mod failover;
mod network;
pub mod points;
mod replica;
mod rivals;
mod transient;
