//! Who sits there: the operating system's user and the database's, for cases that two people must agree on.

use nix::unistd::{Uid, User, getuid};

/// What the kernel says where nobody logged in.
const NO_LOGIN: i64 = u32::MAX as i64;

/// A person, as far as this system knows one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Person {
    /// The user who started the program.
    pub uid: i64,
    /// The user who logged in, which the kernel keeps across su and sudo (the audit's login uid); no variable of the
    /// environment is asked, as anybody can set those.
    pub login_uid: Option<i64>,
    /// The name of the one who logged in, else of the one who started the program, else its number.
    pub name: String,
    /// As whom the database let the session in.
    pub database_user: String,
}

/// In what two people are the same. Reads on from "the same".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Same {
    #[error("operating system user")]
    OsUser,
    #[error("database user")]
    DatabaseUser,
}

impl Person {
    /// Whoever runs this process, with the database user that the server named.
    pub fn here(database_user: String) -> Person {
        let uid = getuid();
        let login = std::fs::read_to_string("/proc/self/loginuid").ok();
        let login_uid = login
            .and_then(|text| text.trim().parse::<i64>().ok())
            .filter(|login| *login != NO_LOGIN);
        let named = login_uid.and_then(|login| u32::try_from(login).ok());
        let named = named.map_or(uid, Uid::from_raw);
        let name = User::from_uid(named).ok().flatten();
        Person {
            uid: uid.as_raw().into(),
            login_uid,
            name: name.map_or_else(|| named.to_string(), |user| user.name),
            database_user,
        }
    }

    /// In what two may be one person; `None` only where neither the operating system nor the database says so. The
    /// database's user is what the server vouches for, the other what this machine does: so both must differ.
    pub fn same_as(&self, other: &Person) -> Option<Same> {
        let ours = [Some(self.uid), self.login_uid];
        let theirs = [Some(other.uid), other.login_uid];
        if ours
            .iter()
            .flatten()
            .any(|uid| theirs.contains(&Some(*uid)))
        {
            return Some(Same::OsUser);
        }
        (self.database_user == other.database_user).then_some(Same::DatabaseUser)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(uid: i64, login_uid: Option<i64>, database_user: &str) -> Person {
        Person {
            uid,
            login_uid,
            name: uid.to_string(),
            database_user: database_user.to_owned(),
        }
    }

    #[test]
    fn two_people_differ_in_everything() {
        let a = person(1001, Some(1001), "a");
        assert_eq!(a.same_as(&person(1002, Some(1002), "b")), None);
        assert_eq!(a.same_as(&person(1002, None, "b")), None);
        assert_eq!(
            a.same_as(&person(1002, None, "a")),
            Some(Same::DatabaseUser)
        );
        assert_eq!(a.same_as(&person(1001, None, "b")), Some(Same::OsUser));
    }

    #[test]
    fn who_became_another_user_is_still_the_same() {
        let a = person(1001, Some(1001), "a");
        // Through sudo, whatever SUDO_UID says.
        assert_eq!(a.same_as(&person(0, Some(1001), "b")), Some(Same::OsUser));
        let service = person(999, Some(1001), "lethe");
        assert_eq!(
            service.same_as(&person(1001, None, "b")),
            Some(Same::OsUser)
        );
        // Two who both work as the same service user are not told apart by it: refused.
        let other = person(999, Some(1002), "b");
        assert_eq!(service.same_as(&other), Some(Same::OsUser));
    }

    #[test]
    fn whoever_runs_this_is_somebody() {
        let here = Person::here("a".to_owned());
        assert_eq!(here.uid, i64::from(getuid().as_raw()));
        assert!(!here.name.is_empty());
        assert_eq!(here.same_as(&here.clone()), Some(Same::OsUser));
    }
}
