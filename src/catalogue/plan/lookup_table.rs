//! The temporary table of the values that are looked for. Submissions stage it, and so does a census.

use crate::postgres::declared::{commands, copies};

commands! {
    pub(crate) CREATE_LOOKUP = "stage/lookup.sql";
    pub(crate) SET_LOOKUP_STATISTICS = "stage/lookup_statistics.sql";
}

copies! {
    pub(crate) LOOKUPS(device: i32, form: i16, national: Option<i32>, value: &str) = "stage/copy_lookup.sql";
}
