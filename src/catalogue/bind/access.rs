//! Which rights on the declared tables a command needs.

use super::describe::Described;

/// What a command does with the rows of declared tables, and so which rights its role needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It reads system catalogues only.
    None,
    /// It searches for devices.
    Read,
    /// It also changes what it finds.
    Change,
}

impl Access {
    /// Takes the rights for granted that are not needed.
    pub(super) fn waive(self, described: &mut Described) {
        for column in described.values_mut().flat_map(|r| &mut r.columns) {
            column.may_update |= self != Access::Change;
            column.may_select |= self == Access::None;
            column.may_use_schema |= self == Access::None;
        }
    }
}
