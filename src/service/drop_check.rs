//! Who can use the folders of a drop: each drop has an account and a group of its own (docs/how-to/sftp.md).

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::domain::text::printable;
use crate::drop::{FolderState, Permissions, RESULT, SUBMIT, folder_state, group_name};
use crate::service::ServiceError;
use crate::service::settings::DropConfig;

/// What is wrong with a folder of a drop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DropProblem {
    pub(crate) drop: String,
    pub(crate) folder: String,
    pub(crate) problem: String,
    /// The commands that mend it, for root.
    pub(crate) commands: Vec<String>,
}

/// Checks the folders of all drops. Changes and opens nothing. Errors: a folder that cannot be looked at.
pub(crate) fn check(drops: &[DropConfig]) -> Result<Vec<DropProblem>, ServiceError> {
    let mut folders = Vec::new();
    for drop in drops {
        for (kind, path) in [
            (Kind::Root, drop.path.clone()),
            (Kind::Submit, drop.path.join(SUBMIT)),
            (Kind::Result, drop.path.join(RESULT)),
        ] {
            let state = folder_state(&path).map_err(|error| unreadable(&path, &error))?;
            folders.push(DropPlace {
                drop: drop.name.clone(),
                kind,
                path,
                state,
            });
        }
    }
    let mut problems: Vec<DropProblem> = folders.iter().filter_map(own_problem).collect();
    problems.extend(shared_groups(&folders));
    Ok(problems)
}

fn unreadable(path: &Path, error: &io::Error) -> ServiceError {
    ServiceError::Usage(format!(
        "cannot look at a folder of a drop\n  detail: {}: {error}\n  hint: run this as root, or as the user who runs `lethe run`",
        printable(path)
    ))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The folder that OpenSSH locks the account into.
    Root,
    Submit,
    Result,
}

struct DropPlace {
    drop: String,
    kind: Kind,
    path: PathBuf,
    state: FolderState,
}

impl DropPlace {
    fn problem(&self, problem: impl Into<String>, commands: Vec<String>) -> DropProblem {
        DropProblem {
            drop: self.drop.clone(),
            folder: printable(&self.path).to_string(),
            problem: problem.into(),
            commands,
        }
    }

    /// A path as an argument in a shell.
    fn quoted(&self) -> String {
        let path = self.path.display().to_string();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@:".contains(c);
        match path.chars().all(plain) {
            true => path,
            false => format!("'{}'", path.replace('\'', r"'\''")),
        }
    }
}

/// What is wrong with a folder by itself.
fn own_problem(place: &DropPlace) -> Option<DropProblem> {
    let quoted = place.quoted();
    let permissions = match place.state {
        // A run creates it.
        FolderState::Missing if place.kind == Kind::Result => return None,
        FolderState::Missing => {
            return Some(place.problem("it does not exist", vec![format!("mkdir {quoted}")]));
        }
        FolderState::NotFolder => {
            return Some(place.problem("it is not a folder, and links are not followed", vec![]));
        }
        FolderState::Folder(permissions) => permissions,
    };
    if place.kind == Kind::Root {
        return chroot_problem(place, permissions);
    }
    let others = permissions.mode & 0o007;
    (others != 0).then(|| {
        let what = match others & 0o002 {
            0 => "every user can read it or look for names in it",
            _ => "every user can write it",
        };
        place.problem(what, vec![format!("chmod o-rwx {quoted}")])
    })
}

/// OpenSSH locks an account only into a folder that nobody but root can write, and neither may anyone else put another folder there.
fn chroot_problem(place: &DropPlace, permissions: Permissions) -> Option<DropProblem> {
    let quoted = place.quoted();
    let mut commands = Vec::new();
    if permissions.uid != 0 {
        commands.push(format!("chown root {quoted}"));
    }
    if permissions.mode & 0o022 != 0 {
        commands.push(format!("chmod go-w {quoted}"));
    }
    (!commands.is_empty()).then(|| {
        place.problem(
            "users other than root can write it, so that OpenSSH refuses it as ChrootDirectory",
            commands,
        )
    })
}

/// Groups that can write folders of several drops: a member of one drop's group reaches the other drop.
fn shared_groups(places: &[DropPlace]) -> Vec<DropProblem> {
    let mut groups: BTreeMap<u32, Vec<&DropPlace>> = BTreeMap::new();
    for place in places {
        if let FolderState::Folder(permissions) = place.state
            && let Some(gid) = permissions.writing_group()
        {
            groups.entry(gid).or_default().push(place);
        }
    }
    let mut problems = Vec::new();
    for (gid, places) in groups {
        let Some(first) = places.first() else {
            continue;
        };
        for place in places.iter().filter(|place| place.drop != first.drop) {
            let group = format!("sftp-{}", place.drop);
            problems.push(place.problem(
                format!(
                    "its group {} can also write a folder of drop {}: customers could reach each other's files",
                    group_name(gid),
                    first.drop
                ),
                vec![
                    format!("groupadd {group}"),
                    format!("chgrp {group} {}", place.quoted()),
                ],
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn place(drop: &str, kind: Kind, uid: u32, gid: u32, mode: u32) -> DropPlace {
        DropPlace {
            drop: drop.to_owned(),
            kind,
            path: PathBuf::from("/srv/sftp").join(drop),
            state: FolderState::Folder(Permissions { uid, gid, mode }),
        }
    }

    #[rstest]
    #[case(Kind::Root, 0, 0o755, None)]
    #[case(Kind::Root, 1, 0o755, Some("chown root /srv/sftp/acme"))]
    #[case(Kind::Root, 0, 0o775, Some("chmod go-w /srv/sftp/acme"))]
    #[case(Kind::Submit, 1, 0o2770, None)]
    #[case(Kind::Submit, 1, 0o2771, Some("chmod o-rwx /srv/sftp/acme"))]
    #[case(Kind::Result, 1, 0o2750, None)]
    #[case(Kind::Result, 1, 0o2752, Some("chmod o-rwx /srv/sftp/acme"))]
    fn a_folder_is_judged_by_its_mode(
        #[case] kind: Kind,
        #[case] uid: u32,
        #[case] mode: u32,
        #[case] command: Option<&str>,
    ) {
        let problem = own_problem(&place("acme", kind, uid, 7, mode));
        let first = problem.map(|problem| problem.commands.join("\n"));
        assert_eq!(first.as_deref(), command);
    }

    #[test]
    fn a_group_that_writes_two_drops_is_refused() {
        let places = |second: (u32, u32)| {
            vec![
                place("acme", Kind::Submit, 1, 7, 0o2770),
                place("acme", Kind::Result, 1, 7, 0o2770),
                place("zenith", Kind::Submit, 2, second.0, second.1),
            ]
        };
        let shared = shared_groups(&places((7, 0o2770)));
        assert_eq!(shared.len(), 1, "{shared:?}");
        assert_eq!(shared[0].drop, "zenith");
        assert_eq!(shared_groups(&places((8, 0o2770))), []);
        assert_eq!(shared_groups(&places((7, 0o2750))), [], "it reads only");
    }

    #[test]
    fn a_path_is_quoted_for_the_shell() {
        let place = |path: &str| DropPlace {
            path: PathBuf::from(path),
            ..place("acme", Kind::Submit, 1, 7, 0o777)
        };
        assert_eq!(place("/srv/sftp/acme").quoted(), "/srv/sftp/acme");
        assert_eq!(place("/srv/it's $1").quoted(), r"'/srv/it'\''s $1'");
    }
}
