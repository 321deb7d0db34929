//! What Lethe is about, without I/O: devices, submissions, requests, answers, scopes, placeholders, cases.

pub mod blocker;
pub mod care;
pub mod census;
pub mod clock;
pub mod device;
pub mod file_name;
pub mod identifier;
pub mod level;
pub mod lookup;
pub mod operator;
pub mod placeholder;
pub mod request;
pub mod response;
pub mod scope;
pub mod submission;
pub mod text;
