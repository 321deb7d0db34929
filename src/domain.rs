//! What Lethe is about, without I/O: devices, submissions, requests, answers, scopes, placeholders, cases.

pub mod blocker;
pub mod care;
pub(crate) mod census;
pub mod clock;
pub mod database_role;
pub mod device;
pub(crate) mod file_name;
pub mod identifier;
pub(crate) mod level;
pub(crate) mod lookup;
pub(crate) mod numbering;
pub(crate) mod operator;
pub(crate) mod placeholder;
pub mod recogniser;
pub mod request;
pub mod response;
pub(crate) mod scope;
pub mod submission;
pub mod text;
