//! Who opens and approves cases: an operating system user together with a database user.

/// The operating system user who runs the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OsUser {
    /// The real user ID of the process.
    pub(crate) uid: i64,
    /// The user who logged in, which the kernel keeps across `su` and `sudo` (the audit login UID); `None` where nobody
    /// logged in. It is never taken from an environment variable, because any user can set those.
    pub(crate) login_uid: Option<i64>,
    /// The name of the user who logged in, otherwise of the user who started the program; the number if it has no name.
    pub(crate) name: String,
}

/// A person who works on cases, as far as this system can identify one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    pub(crate) os_user: OsUser,
    /// The session user, as reported by the database server.
    pub(crate) database_user: String,
}

/// What two operators have in common. Continues "the same …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SharedIdentity {
    #[error("operating system user")]
    OsUser,
    #[error("database user")]
    DatabaseUser,
}

impl Operator {
    /// Why two operators may be one person; `None` only if both the operating system and the database tell them apart.
    ///
    /// The server vouches for the database user, this machine for the operating system user, so both must differ.
    pub(crate) fn shared_identity(&self, other: &Operator) -> Option<SharedIdentity> {
        let ours = [Some(self.os_user.uid), self.os_user.login_uid];
        let theirs = [Some(other.os_user.uid), other.os_user.login_uid];
        if ours
            .iter()
            .flatten()
            .any(|uid| theirs.contains(&Some(*uid)))
        {
            return Some(SharedIdentity::OsUser);
        }
        (self.database_user == other.database_user).then_some(SharedIdentity::DatabaseUser)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator(uid: i64, login_uid: Option<i64>, database_user: &str) -> Operator {
        Operator {
            os_user: OsUser {
                uid,
                login_uid,
                name: uid.to_string(),
            },
            database_user: database_user.to_owned(),
        }
    }

    #[test]
    fn two_operators_must_differ_in_os_user_and_database_user() {
        let a = operator(1001, Some(1001), "a");
        assert_eq!(a.shared_identity(&operator(1002, Some(1002), "b")), None);
        assert_eq!(a.shared_identity(&operator(1002, None, "b")), None);
        assert_eq!(
            a.shared_identity(&operator(1002, None, "a")),
            Some(SharedIdentity::DatabaseUser)
        );
        assert_eq!(
            a.shared_identity(&operator(1001, None, "b")),
            Some(SharedIdentity::OsUser)
        );
        assert_eq!(a.shared_identity(&a.clone()), Some(SharedIdentity::OsUser));
    }

    #[test]
    fn changing_the_user_does_not_change_the_operator() {
        let a = operator(1001, Some(1001), "a");
        // Through sudo, whatever SUDO_UID says.
        assert_eq!(
            a.shared_identity(&operator(0, Some(1001), "b")),
            Some(SharedIdentity::OsUser)
        );
        let service = operator(999, Some(1001), "lethe");
        assert_eq!(
            service.shared_identity(&operator(1001, None, "b")),
            Some(SharedIdentity::OsUser)
        );
        // Two people who both work as the same service user cannot be told apart: refused.
        let other = operator(999, Some(1002), "b");
        assert_eq!(
            service.shared_identity(&other),
            Some(SharedIdentity::OsUser)
        );
    }
}
