//! PostgreSQL itself: connections, private clusters, statements, and schemas that do not match the catalogue.

mod alone;
mod embedded;
mod misfits;
mod statements;
mod tls;
