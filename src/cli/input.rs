//! A submitted file that is given by its path, in any folder, and its drop.

use std::path::Path;

use crate::cli::arguments::DropArgs;
use crate::cli::context::Context;
use crate::cli::{CommandError, output};
use crate::domain::request::Action;
use crate::domain::submission::{Document, members, string};
use crate::drop::{FileName, canonical, content_digest, read_submission_file};
use crate::ledger::{self, State};
use crate::postgres::Session;
use crate::service::name_use::NameUse;
use crate::service::settings::DropConfig;

/// What the name of a given file was used for in its drop.
pub(crate) enum GivenUse {
    Compared(NameUse),
    /// For a submission whose content cannot be compared, because the file cannot be read.
    Incomparable,
}

/// A submitted file.
pub(crate) struct Given {
    /// As it was given, safe for a terminal.
    pub(crate) file: String,
    /// `None` where it is not named like a submission.
    pub(crate) name: Option<FileName>,
    pub(crate) action: Action,
    /// Or why a run would refuse it.
    pub(crate) content: Result<Vec<u8>, String>,
    pub(crate) drop: DropConfig,
}

impl Given {
    /// Reads it as a run would. The drop is that of the command line, else the one that contains the file, else the only
    /// configured one.
    pub(crate) fn read(
        context: &Context,
        file: &Path,
        args: &DropArgs,
    ) -> Result<Given, CommandError> {
        let shown = crate::domain::text::printable(file);
        if let Err(error) = std::fs::symlink_metadata(file) {
            return Err(CommandError::Usage(format!(
                "cannot read {shown}\n  detail: {error}\n  hint: give the path of a submitted file"
            )));
        }
        let name = file.file_name().and_then(|name| FileName::parse(name).ok());
        let limit = context.workspace.submission.max_submission_bytes;
        let content =
            read_submission_file(file, limit).map_err(|error| format!("the file {error}"));
        let action = match (&name, &content) {
            (Some(name), _) => name.action(),
            (None, Ok(content)) => action_of(content),
            (None, Err(_)) => Action::Forget,
        };
        Ok(Given {
            file: shown,
            name,
            action,
            content,
            drop: drop_of(context, file, args)?,
        })
    }

    /// What its name was used for in its drop.
    pub(crate) async fn name_use(
        &self,
        context: &Context,
        session: &Session,
    ) -> Result<GivenUse, CommandError> {
        let known = match &self.name {
            Some(name) => ledger::known(session, &self.drop.name, name.as_str()).await?,
            None => None,
        };
        let content = self.content.as_ref();
        let digest = |key: &[u8; 32]| content.map(|content| content_digest(key, content));
        Ok(
            match NameUse::of(known, &context.workspace.keyring, digest)? {
                Ok(compared) => GivenUse::Compared(compared),
                Err(_) => GivenUse::Incomparable,
            },
        )
    }

    /// What affects the file as a whole: its name, its date, earlier uses of its name.
    pub(crate) fn notes(&self, context: &Context, name_use: &GivenUse) -> Vec<String> {
        let note = match &self.name {
            None => Some(
                "the name is not forget-<yyyymmdd>_<unique>.json or export-<yyyymmdd>_<unique>.json with a real date; \
                 a run leaves such a file untouched"
                    .to_owned(),
            ),
            Some(name) => match use_note(name_use) {
                None => self.date_note(context, name),
                used => used.map(str::to_owned),
            },
        };
        note.into_iter().collect()
    }

    /// That a run of today does not process it.
    fn date_note(&self, context: &Context, name: &FileName) -> Option<String> {
        let today = context.clock.today(self.drop.time_zone);
        let date = name.date().format("%Y%m%d");
        (name.date() != today)
            .then(|| format!("it is not dated today; `lethe run --date {date}` processes it"))
    }
}

/// What a run does with a file under a used name; `None` for a name that was not used.
fn use_note(name_use: &GivenUse) -> Option<&'static str> {
    let GivenUse::Compared(name_use) = name_use else {
        return Some(
            "this name was used before; the contents cannot be compared, because this file cannot be read",
        );
    };
    Some(match name_use {
        NameUse::Free => return None,
        NameUse::Claimed(_) => "a run has begun to take it",
        NameUse::SameContent(known) => match known.state {
            State::Done | State::Answered => "it was processed before; a run does nothing with it",
            State::Received | State::Running => "it was begun before; a run continues it",
        },
        NameUse::OtherContent(_) => {
            "this name was used before with other content; a run answers it as a duplicate"
        }
        NameUse::Purged(_) => "this name was used before, and purged; submit it under a new name",
    })
}

/// The action of a file whose name is not that of a submission: the one of its first request, or FORGET.
fn action_of(content: &[u8]) -> Action {
    let is_export = || {
        Document::check_nesting(content).ok()?;
        let document = Document::read(content.to_vec()).ok()?;
        let first = document.requests().next().and_then(members)?;
        let kind = first.iter().find(|m| m.key() == "type")?;
        Some(string(kind.value)? == Action::Export.as_str())
    };
    match is_export() {
        Some(true) => Action::Export,
        _ => Action::Forget,
    }
}

fn drop_of(context: &Context, file: &Path, args: &DropArgs) -> Result<DropConfig, CommandError> {
    let mut drops = context.some_drops(args)?;
    if args.folder.is_none() {
        let folder = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let folder = folder.parent().map(canonical);
        let holds =
            |drop: &DropConfig| folder.as_ref() == Some(&canonical(&drop.path.join("GDPR_Submit")));
        if let Some(drop) = drops.iter().find(|drop| holds(drop)) {
            return Ok(drop.clone());
        }
    }
    match drops.len() {
        1 => Ok(drops.remove(0)),
        _ => Err(CommandError::Usage(format!(
            "the drop of this file is not known\n  hint: give --drop with one of {}",
            drops
                .iter()
                .map(|drop| output::safe(&drop.name))
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}
