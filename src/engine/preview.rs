//! PREVIEW: what a run would answer and change, read in one snapshot. Nothing is changed.

mod facts;
mod neighbours;
mod previewer;
mod report;

pub(crate) use previewer::Previewer;
pub(crate) use report::{ContactPreview, Facts, Preview, PreviewError};
