//! Names in messages.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use nix::unistd::{Gid, Group, Uid, User};

/// A path that is safe for a terminal: control and invisible characters and bytes that are not UTF-8 are escaped.
pub(crate) fn printable(path: &Path) -> String {
    let mut shown = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '"' => shown.push(c),
                _ => shown.extend(c.escape_debug()),
            }
        }
        for byte in chunk.invalid() {
            write!(shown, "\\x{byte:02x}").expect("writing to a string succeeds");
        }
    }
    shown
}

/// A path as a word of a shell command.
pub(crate) fn shell_word(path: &Path) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%:,=".contains(c);
    let shown = printable(path);
    match shown.chars().all(plain) {
        true => shown,
        false => format!("$'{}'", shown.replace('\'', "\\'")),
    }
}

pub(crate) fn user_name(user: u32) -> String {
    match User::from_uid(Uid::from_raw(user)) {
        Ok(Some(user)) => format!("user {}", user.name),
        _ => format!("user {user}"),
    }
}

pub(crate) fn group_name(group: u32) -> String {
    match Group::from_gid(Gid::from_raw(group)) {
        Ok(Some(group)) => format!("group {}", group.name),
        _ => format!("group {group}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_a_command() {
        let word = |path: &str| shell_word(Path::new(path));
        assert_eq!(word("/etc/lethe/lethe.toml"), "/etc/lethe/lethe.toml");
        assert_eq!(word("/srv/a b'; reboot"), r"$'/srv/a b\'; reboot'");
        assert_eq!(word("/srv/\u{1b}[2J"), r"$'/srv/\u{1b}[2J'");
    }

    #[test]
    fn users_and_groups_have_names_or_numbers() {
        assert_eq!(user_name(0), "user root");
        assert_eq!(group_name(0), "group root");
        assert_eq!(user_name(4_000_000_000), "user 4000000000");
    }
}
