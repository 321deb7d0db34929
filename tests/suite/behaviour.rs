//! What a submission, a command and a catalogue do, as a user sees it.

mod answers;
mod archive;
mod catalogue;
mod control;
mod dialler;
mod exports_first;
mod files;
mod golden;
mod history;
mod media;
mod metrics;
mod model;
mod pace;
mod preview;
mod properties;
mod records;
mod schemas;
mod spellings;
mod value_search;
mod verify;
