//! PostgreSQL itself: connections, statements, and schemas that do not match the catalogue.

mod alone;
mod declarations;
mod mismatches;
mod statements;
mod tls;
