//! `demo`: a stand-in while the rest is built.

use std::path::PathBuf;

use super::{CommandError, Outcome};
use crate::cli::Global;

pub async fn demo(_global: &Global, _dir: Option<PathBuf>) -> Result<Outcome, CommandError> {
    Err(CommandError::Usage("the demo is not there yet".to_owned()))
}
