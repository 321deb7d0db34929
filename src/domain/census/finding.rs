//! Places, grades and findings of a census.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How certain it is that a place holds no old values, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Grade {
    /// The values are no longer there, or never were.
    Gone,
    /// No query returns the values. Bytes may remain in pages and can be found by reading the data files directly.
    Unreachable,
    /// The place could not be examined.
    Unknown,
    /// The values may still be there.
    MayRemain,
}

impl Grade {
    /// The text shown to people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Grade::Gone => "gone",
            Grade::Unreachable => "unreachable",
            Grade::Unknown => "unknown",
            Grade::MayRemain => "may remain",
        }
    }
}

/// A place that can hold old values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    /// Dead row versions of tables and their TOAST.
    Rows,
    Indexes,
    Statistics,
    /// Views and materialised views.
    Views,
    /// Tables that triggers and rules write to.
    Copies,
    /// Standbys and subscribers.
    Replicas,
    /// Nodes of a distributed database.
    Shards,
    /// Statement texts that the server keeps or shows.
    Statements,
    /// Settings that make the server log values from Lethe's session.
    LogSettings,
    TempFiles,
    /// Temporary tables of Lethe's sessions.
    Staging,
    LargeObjects,
    Comments,
    /// Recording objects.
    Media,
    /// The server's own WAL.
    Wal,
    WalArchive,
    Backups,
    ServerLog,
    /// Submit files and their results.
    Submissions,
}

impl Place {
    /// Whether a retention policy empties the place over time. Lethe has no command for it.
    pub(crate) fn passes(self) -> bool {
        use Place::{Backups, ServerLog, Submissions, Wal, WalArchive};
        matches!(self, Wal | WalArchive | Backups | ServerLog | Submissions)
    }

    /// The text shown to people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Place::Rows => "rows of tables",
            Place::Indexes => "indexes",
            Place::Statistics => "the planner's statistics",
            Place::Views => "views",
            Place::Copies => "copies made by triggers",
            Place::Replicas => "replicas and subscribers",
            Place::Shards => "other nodes",
            Place::Statements => "statements that the server keeps",
            Place::LogSettings => "log settings of the erasure's session",
            Place::TempFiles => "temporary files",
            Place::Staging => "temporary tables of the erasure",
            Place::LargeObjects => "large objects",
            Place::Comments => "comments",
            Place::Media => "recordings",
            Place::Wal => "write-ahead log of the server",
            Place::WalArchive => "archived write-ahead log",
            Place::Backups => "backups",
            Place::ServerLog => "log files of the server",
            Place::Submissions => "submitted files and results",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// One object that was examined, or could not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub(crate) place: Place,
    pub(crate) grade: Grade,
    /// The name of the object: a table, an index, a slot, a setting.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) object: Option<String>,
    /// The reason, without any name, so that everybody may read it.
    pub(crate) why: String,
    /// Numbers and names for the operator.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) detail: Option<String>,
    /// Until when values may remain, without any name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) until: Option<String>,
    /// The same as a timestamp, if known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) until_moment: Option<DateTime<Utc>>,
    /// Commands or statements that resolve the finding.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) way_out: Vec<String>,
}

impl Finding {
    pub(crate) fn new(place: Place, grade: Grade, why: &'static str) -> Finding {
        Finding {
            place,
            grade,
            object: None,
            why: why.to_owned(),
            detail: None,
            until: None,
            until_moment: None,
            way_out: Vec::new(),
        }
    }

    pub(crate) fn of(self, object: impl Into<String>) -> Finding {
        Finding {
            object: Some(object.into()),
            ..self
        }
    }

    pub(crate) fn detail(self, detail: impl Into<String>) -> Finding {
        Finding {
            detail: Some(detail.into()),
            ..self
        }
    }

    pub(crate) fn until(self, until: &'static str) -> Finding {
        Finding {
            until: Some(until.to_owned()),
            ..self
        }
    }

    pub(crate) fn until_moment(self, moment: Option<DateTime<Utc>>) -> Finding {
        Finding {
            until_moment: moment,
            ..self
        }
    }

    pub(crate) fn way_out(mut self, way_out: impl Into<String>) -> Finding {
        self.way_out.push(way_out.into());
        self
    }

    /// Whether the finding needs attention: retention alone does not resolve it.
    pub(crate) fn is_open(&self) -> bool {
        self.grade > Grade::Unreachable && !self.place.passes()
    }
}
