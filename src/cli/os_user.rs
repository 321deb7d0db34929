//! The operating system user who runs this process.

use nix::unistd::{Uid, User, getuid};

use crate::domain::operator::OsUser;

/// The login UID that the kernel reports if nobody logged in.
const NO_LOGIN: i64 = u32::MAX as i64;

/// The user who runs this process.
pub(crate) fn current_os_user() -> OsUser {
    let uid = getuid();
    let login = std::fs::read_to_string("/proc/self/loginuid").ok();
    let login_uid = login
        .and_then(|text| text.trim().parse::<i64>().ok())
        .filter(|login| *login != NO_LOGIN);
    let named = login_uid.and_then(|login| u32::try_from(login).ok());
    let named = named.map_or(uid, Uid::from_raw);
    let user = User::from_uid(named).ok().flatten();
    OsUser {
        uid: uid.as_raw().into(),
        login_uid,
        name: user.map_or_else(|| named.to_string(), |user| user.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_user_has_a_number_and_a_name() {
        let user = current_os_user();
        assert_eq!(user.uid, i64::from(getuid().as_raw()));
        assert!(!user.name.is_empty());
    }
}
