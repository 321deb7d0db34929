//! PostgreSQL itself: connections, statements, and schemas that do not match the catalogue.

mod declarations;
mod exclusive_writer;
mod mismatches;
mod order;
mod qualified;
mod statements;
mod tls;
