//! Event triggers of the database that fire when Lethe creates temporary tables.

use super::error::CatalogueError;
use super::model::{Accepted, Review};
use super::queries::{self, EventTriggerRow};
use super::source::Source;
use crate::postgres::{DatabaseError, Session};

/// The event triggers that fire.
pub(super) struct EventTriggers {
    /// What is wrong with those that nobody has reviewed, with what to do.
    pub(super) problems: Vec<String>,
    /// Those that the catalogue accepts as they are.
    pub(super) accepted: Vec<EventTriggerRow>,
}

/// Compares the event triggers that fire with what the catalogue accepts. Creates nothing.
pub(super) async fn review(
    session: &Session,
    sources: &[Source],
) -> Result<EventTriggers, DatabaseError> {
    let entries = sources
        .iter()
        .flat_map(|source| &source.declaration.accepted);
    let entries: Vec<Accepted> = entries.map(|entry| Accepted::parse(entry)).collect();
    let mut reviewed = EventTriggers {
        problems: Vec::new(),
        accepted: Vec::new(),
    };
    for row in queries::event_triggers(session).await? {
        let entry = Accepted::entry(&row.name, &row.digest);
        let todo = match Review::of(&entries, &row.name, &row.digest) {
            Review::Accepted => {
                reviewed.accepted.push(row);
                continue;
            }
            Review::Missing => format!(
                "review that, then add {entry:?} to accepted at the top of a catalogue file"
            ),
            Review::Changed => format!(
                "it is not what was accepted; review that, then make its entry under accepted {entry:?}"
            ),
        };
        reviewed.problems.push(format!(
            "event trigger {} runs {} when a run creates its temporary tables; {todo}",
            row.name, row.function_name
        ));
    }
    Ok(reviewed)
}

/// Fails if an event trigger that nobody has reviewed would fire. For commands that create temporary tables without a complete
/// check of the catalogue.
pub(crate) async fn check_event_triggers(
    session: &Session,
    sources: &[Source],
) -> Result<(), CatalogueError> {
    let reviewed = review(session, sources).await?;
    match reviewed.problems.is_empty() {
        true => Ok(()),
        false => Err(CatalogueError::Mismatch(reviewed.problems)),
    }
}
