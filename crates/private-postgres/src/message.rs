//! The protocol between a keeper and its parent.

use std::path::PathBuf;

/// What a keeper reports to its parent, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// The folder of a throwaway cluster exists.
    Folder(PathBuf),
    /// The server accepts connections in this folder.
    Ready(PathBuf),
    /// There will be no server, for this reason.
    Failed(String),
    /// The server has ended, and everything is removed.
    Stopped,
    /// Others use the server, so it keeps running.
    InUse,
}

impl Message {
    /// The line, without its end. Folders are named by this crate below `/tmp`, so they are UTF-8.
    pub(crate) fn line(&self) -> String {
        match self {
            Message::Folder(path) => format!("folder {}", path.display()),
            Message::Ready(path) => format!("ready {}", path.display()),
            Message::Failed(message) => format!("failed {}", message.replace('\n', "\u{1f}")),
            Message::Stopped => "stopped".to_owned(),
            Message::InUse => "in-use".to_owned(),
        }
    }

    pub(crate) fn parse(line: &str) -> Option<Message> {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("folder", path) => Some(Message::Folder(path.into())),
            ("ready", path) => Some(Message::Ready(path.into())),
            ("failed", message) => Some(Message::Failed(message.replace('\u{1f}', "\n"))),
            ("stopped", "") => Some(Message::Stopped),
            ("in-use", "") => Some(Message::InUse),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_reads_what_the_keeper_writes() {
        let messages = [
            Message::Folder("/tmp/app-a".into()),
            Message::Ready("/tmp/app-a".into()),
            Message::Failed("initdb failed\n  detail: no space".into()),
            Message::Stopped,
            Message::InUse,
        ];
        for message in messages {
            assert!(!message.line().contains('\n'));
            assert_eq!(Message::parse(&message.line()), Some(message));
        }
        assert_eq!(Message::parse("anything else"), None);
    }
}
