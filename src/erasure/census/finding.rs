//! The words of a census: places, grades, and what was found.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What may be said of a place, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// It is not there any more, or never was.
    Gone,
    /// No query returns it. Bytes of it may be left in pages, for whoever reads the data files as such.
    Unreachable,
    /// It could not be looked at.
    Unknown,
    /// It may be there.
    MayRemain,
}

impl Grade {
    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Grade::Gone => "gone",
            Grade::Unreachable => "unreachable",
            Grade::Unknown => "unknown",
            Grade::MayRemain => "may remain",
        }
    }
}

/// Where old values can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Dead row versions of tables and their TOAST.
    Rows,
    Indexes,
    Statistics,
    /// Views and materialised views.
    Views,
    /// What triggers and rules write to.
    Copies,
    /// Standbys, subscribers.
    Replicas,
    /// Nodes of a distributed database.
    Shards,
    /// Statements that the server keeps or shows.
    Statements,
    /// Settings that make the server log values of Lethe's session.
    LogSettings,
    TempFiles,
    /// Temporary tables of Lethe's own sessions.
    Staging,
    LargeObjects,
    Comments,
    /// Objects of recordings.
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
    /// Whether it is emptied by the passing of time, as somebody's retention says; no command of Lethe's reaches it.
    pub fn passes(self) -> bool {
        use Place::{Backups, ServerLog, Submissions, Wal, WalArchive};
        matches!(self, Wal | WalArchive | Backups | ServerLog | Submissions)
    }

    /// As people read it.
    pub fn words(self) -> &'static str {
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

/// One thing that was looked at, or could not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub place: Place,
    pub grade: Grade,
    /// What it is about, where that has a name: a table, an index, a slot, a setting.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<String>,
    /// In words that name nothing, so that anybody may read them.
    pub why: String,
    /// Numbers and names, for the operator.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// Until when it may remain, in words that name nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<String>,
    /// The same as a moment, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until_moment: Option<DateTime<Utc>>,
    /// What ends it: commands, statements.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub way_out: Vec<String>,
}

impl Finding {
    pub(super) fn new(place: Place, grade: Grade, why: &'static str) -> Finding {
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

    pub(super) fn of(self, object: impl Into<String>) -> Finding {
        Finding {
            object: Some(object.into()),
            ..self
        }
    }

    pub(super) fn detail(self, detail: impl Into<String>) -> Finding {
        Finding {
            detail: Some(detail.into()),
            ..self
        }
    }

    pub(super) fn until(self, until: &'static str) -> Finding {
        Finding {
            until: Some(until.to_owned()),
            ..self
        }
    }

    pub(super) fn until_moment(self, moment: Option<DateTime<Utc>>) -> Finding {
        Finding {
            until_moment: moment,
            ..self
        }
    }

    pub(super) fn way_out(mut self, way_out: impl Into<String>) -> Finding {
        self.way_out.push(way_out.into());
        self
    }

    /// Whether somebody should look at it now: time alone does not empty the place.
    pub fn is_open(&self) -> bool {
        self.grade > Grade::Unreachable && !self.place.passes()
    }
}
