//! What in a catalogue that matches is probably not meant: warnings of `catalogue check`. Each is a sentence with its hint after a semicolon.

use super::declaration::StoredForm;
use super::model::{Catalogue, DeviceColumn, Table};

/// The warnings that follow from the catalogue alone.
pub(crate) fn warnings(catalogue: &Catalogue) -> Vec<String> {
    let unreachable = catalogue
        .records
        .iter()
        .filter(|record| !record.tables().any(Table::has_devices))
        .map(|record| {
            format!(
                "{}: record {} has no device column in any of its tables, so no device ever finds it; \
                 declare its tables as parts of the record that they belong to, or a column as device",
                record.root.place, record.name
            )
        });
    let ambiguous = catalogue.tables().flat_map(|(_, table)| {
        let devices = table.devices().filter(is_ambiguous);
        devices.map(|device| {
            format!(
                "{}: {}.{} has digits and national in forms, so ten digits can be a national number of +1, or a number of +45, +47, +53 or +65 \
                 with its country code, and a FORGET of one changes the other; declare the one form that the column has",
                table.place,
                table.name.plain(),
                device.column.printed
            )
        })
    });
    unreachable.chain(ambiguous).collect()
}

/// Whether the same digits can be two numbers in a column: an international number without its plus, and a national one.
fn is_ambiguous(device: &DeviceColumn<'_>) -> bool {
    let forms = device.device.search.forms();
    forms.contains(&StoredForm::Digits) && forms.contains(&StoredForm::National)
}
