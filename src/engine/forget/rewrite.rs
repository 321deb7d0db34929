//! Rewrites values in which devices were recognised: each occurrence becomes a placeholder, and the rest stays.

use super::state::Forget;
use crate::catalogue::PlaceholderWidth;
use crate::catalogue::plan::SightColumn;
use crate::domain::placeholder::SHORT;
use crate::domain::recogniser::{Replacement, rewrite};
use crate::engine::error::ExecuteError;
use crate::engine::queries::{self, PlaceholderRow};
use crate::engine::sight::ranges;
use crate::postgres::{CopyRows, DatabaseError};

/// What stands for a device inside a larger value of a column that has no room for a placeholder.
const NO_ROOM: &str = "redacted";

impl Forget<'_> {
    /// Rewrites the found values of all tables, with the placeholders of ordinals above `floor` and up to `last`.
    pub(super) async fn rewrite(&self, floor: i32, last: i32) -> Result<(), ExecuteError> {
        let mut rewritten = CopyRows::default();
        for (table, statement) in self
            .plan
            .forget
            .iter()
            .flat_map(|record| &record.placeholders)
        {
            let rows = queries::placeholders(self.session, statement, floor, last).await?;
            for of_value in rows.chunk_by(|a, b| a.value == b.value) {
                let first = &of_value[0];
                let column = self
                    .sight_column(*table, first.slot)
                    .ok_or_else(unreadable)?;
                let written = written(column, of_value).ok_or_else(unreadable)?;
                rewritten
                    .int(first.value)
                    .optional_text(written.as_deref())
                    .end();
            }
        }
        let session = self.session;
        session
            .copy_in(&queries::REWRITTEN.into(), &mut rewritten)
            .await?;
        Ok(())
    }

    fn sight_column(&self, table: usize, slot: i16) -> Option<&SightColumn> {
        let mut steps = self
            .plan
            .tables
            .iter()
            .filter_map(|table| table.sight.as_ref());
        let step = steps.find(|step| step.table == table)?;
        step.columns
            .iter()
            .find(|column| column.slot == slot as usize)
    }
}

fn unreadable() -> DatabaseError {
    DatabaseError::unreadable("the staging holds what this program did not stage".to_owned())
}

/// The new value; the inner `None` is NULL. The outer one: what was staged cannot be read.
fn written(column: &SightColumn, of_value: &[PlaceholderRow]) -> Option<Option<String>> {
    let stored = &of_value[0].stored;
    let mut places = Vec::new();
    for row in of_value {
        places.extend(ranges(&row.places)?.into_iter().map(|range| (range, row)));
    }
    let is_all = places
        .iter()
        .any(|(range, _)| *range == (0..stored.len()) || stored[range.clone()] == *stored.trim());
    if column.placeholder == PlaceholderWidth::Null && is_all {
        return Some(None);
    }
    let widths = match column.placeholder {
        PlaceholderWidth::Full => &[Width::Full, Width::Short, Width::None][..],
        PlaceholderWidth::Short => &[Width::Short, Width::None],
        PlaceholderWidth::Null => &[Width::None],
    };
    let fits = |text: &String| {
        column
            .limit
            .is_none_or(|limit| text.chars().count() <= limit as usize)
    };
    let mut last = None;
    for width in widths {
        let texts: Vec<String> = places
            .iter()
            .map(|(_, row)| placeholder(column, row, *width))
            .collect();
        let mut replacements = Vec::with_capacity(places.len());
        for ((range, _), text) in places.iter().zip(&texts) {
            replacements.push((range.clone(), Replacement::new(text)?));
        }
        let text = rewrite(stored, column.shape, &replacements);
        if fits(&text) {
            return Some(Some(text));
        }
        last = Some(text);
    }
    // Too long in every width: the server refuses it, and the device is answered with an error.
    Some(last)
}

/// How much of a placeholder is written.
#[derive(Clone, Copy)]
enum Width {
    Full,
    Short,
    None,
}

fn placeholder(column: &SightColumn, row: &PlaceholderRow, width: Width) -> String {
    match width {
        _ if column.holds_addresses => row.address.clone(),
        Width::Full => format!("anon-{}-{}", row.kind, row.code),
        Width::Short => row.code[..SHORT].to_owned(),
        Width::None => NO_ROOM.to_owned(),
    }
}
