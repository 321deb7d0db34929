#![doc = include_str!("../README.md")]

mod address;
mod authentication;
mod config;
mod connect;
mod connected;
mod dial;
mod environment;
mod error;
mod liveness;
mod login;
mod parameters;
mod passfile;
mod service;
mod stream;
mod tls;
mod watch;

pub use address::holds_password;
pub use config::{Config, SessionAttrs};
pub use connect::Connector;
pub use connected::{Connected, Connection};
pub use environment::{Environment, exposed_password_warning};
pub use error::{
    ConfigError, ConnectError, ConnectErrorKind, describe_client_error, is_refused_login,
    message_without_values,
};
pub use liveness::{Backend, Liveness, RunningStatement};
