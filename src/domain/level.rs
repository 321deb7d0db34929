//! The levels of a scrub.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How thoroughly a scrub removes old values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    /// Unreachable by SQL, without locking out readers or writers.
    One,
    /// Also removed from the indexes over changed columns, without locking out readers or writers.
    OneAndHalf,
    /// Removed from the data files; tables are locked while they are rewritten.
    Two,
}

impl Level {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Level::One => "1",
            Level::OneAndHalf => "1.5",
            Level::Two => "2",
        }
    }

    /// Parses a level as people and the ledger write it; `None` where it is not one.
    pub(crate) fn read(text: &str) -> Option<Level> {
        match text.trim_end_matches(".0") {
            "1" => Some(Level::One),
            "1.5" => Some(Level::OneAndHalf),
            "2" => Some(Level::Two),
            _ => None,
        }
    }
}

impl FromStr for Level {
    type Err = strum::ParseError;

    fn from_str(text: &str) -> Result<Level, strum::ParseError> {
        Level::read(text).ok_or(strum::ParseError::VariantNotFound)
    }
}

impl From<&Level> for &'static str {
    fn from(level: &Level) -> &'static str {
        level.as_str()
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Level {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Level {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Level, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Level::read(&text).ok_or_else(|| serde::de::Error::custom(LEVELS))
    }
}

/// The valid levels, for error messages.
pub(crate) const LEVELS: &str = "a level is 1, 1.5 or 2";
