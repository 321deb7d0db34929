//! How types of `domain` are read from the ledger, where they are not declared as rows of their own.

use crate::domain::clock::ClockSource;
use crate::domain::device::DeviceKind;
use crate::domain::level::Level;
use crate::domain::request::{Action, Product};
use crate::domain::response::Tally;
use crate::postgres::row::{row, text_enum};

text_enum! { Action, ClockSource, DeviceKind, Level, Product }

row! {
    impl Tally { success: u64, not_found: u64, error: u64 = "errors" }
}
