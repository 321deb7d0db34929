//! A JSON text as a tree without white space and string escapes: numbers as written, with order and duplicate
//! properties.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// A number, `true`, `false` or `null`, as written.
    Word(String),
    Text(String),
    /// A string that is not valid Unicode (a lone surrogate), as written.
    Unpaired(String),
    Array(Vec<Json>),
    Object(Vec<(Json, Json)>),
}

impl Json {
    /// Reads a well-formed text; `None` where it nests deeper than `levels`.
    pub fn read(text: &str, levels: usize) -> Option<Json> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        Some(match text.as_bytes()[0] {
            b'[' => {
                let levels = levels.checked_sub(1)?;
                let elements: Vec<&RawValue> = serde_json::from_str(text).expect("an array");
                let read = elements.into_iter().map(|e| Json::read(e.get(), levels));
                Json::Array(read.collect::<Option<_>>()?)
            }
            b'{' => {
                let levels = levels.checked_sub(1)?;
                let Members(members) = serde_json::from_str(text).expect("an object");
                let read = members.into_iter().map(|(key, value)| {
                    Some((Json::string(key.get()), Json::read(value.get(), levels)?))
                });
                Json::Object(read.collect::<Option<_>>()?)
            }
            b'"' => Json::string(text),
            _ => Json::Word(text.to_owned()),
        })
    }

    fn string(text: &str) -> Json {
        match serde_json::from_str(text) {
            Ok(read) => Json::Text(read),
            Err(_) => Json::Unpaired(text.to_owned()),
        }
    }

    pub fn text(text: &str) -> Json {
        Json::Text(text.to_owned())
    }

    /// The properties of an object; empty for anything else.
    pub fn members(&self) -> &[(Json, Json)] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// The value of a property of an object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        let member = self.members().iter().find(|(k, _)| *k == Json::text(key));
        member.map(|(_, value)| value)
    }
}

/// The properties of an object, both sides as written.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Written)
    }
}
