//! PREVIEW: what a run would answer and change, read in one snapshot. Nothing is changed.

mod facts;
mod neighbours;
mod previewer;
mod report;

pub use previewer::{Previewer, TRANSPOSED_UP_TO};
pub use report::{ContactPreview, Facts, MediaFacts, Preview, PreviewError, RequestPreview};
