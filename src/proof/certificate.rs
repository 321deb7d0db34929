//! Certificates: what a census found below SQL for one submission, signed and chained, for the customer.
//!
//! A certificate contains only what was measured, and nothing that is none of its reader's business: no WAL position, no name
//! of a slot, process or host, nothing about other tenants. All of that is in the operator's copy.

mod content;
mod page;
mod statement;

pub(crate) use content::{Certificate, FORMAT, OperatorCertificate};
pub(crate) use page::page;
pub(crate) use statement::{PlaceReport, Statement, meanings};
