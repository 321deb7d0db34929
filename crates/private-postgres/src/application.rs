//! The application that uses a cluster, and what is named after it.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::PathBuf;

/// An application, whose name labels its clusters: the superuser, `cluster_name`, the socket folder `/tmp/<name>-…` and
/// the variable `<NAME>_PG_BIN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application(Cow<'static, str>);

impl Application {
    /// Names an application.
    ///
    /// # Panics
    ///
    /// The name is empty or has other characters than lower-case ASCII letters and `_`.
    pub const fn named(name: &'static str) -> Application {
        assert!(
            is_valid(name.as_bytes()),
            "a name has lower-case letters and _"
        );
        Application(Cow::Borrowed(name))
    }

    /// The name as the keeper process receives it.
    pub(crate) fn from_argument(name: &OsStr) -> Option<Application> {
        let name = name.to_str().filter(|name| is_valid(name.as_bytes()))?;
        Some(Application(Cow::Owned(name.to_owned())))
    }

    /// The name, which is also that of the superuser.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The environment variable that names the folder of the server programs.
    pub fn binaries_variable(&self) -> String {
        format!("{}_PG_BIN", self.0.to_ascii_uppercase())
    }

    /// The pattern of the socket folder: below `/tmp`, as the path of a socket is limited to 107 bytes.
    pub(crate) fn socket_folder_pattern(&self) -> PathBuf {
        PathBuf::from(format!("/tmp/{}-XXXXXX", self.0))
    }
}

const fn is_valid(name: &[u8]) -> bool {
    let mut i = 0;
    while i < name.len() {
        if !(name[i].is_ascii_lowercase() || name[i] == b'_') {
            return false;
        }
        i += 1;
    }
    !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_named_after_the_application() {
        let application = Application::named("app");
        assert_eq!(application.binaries_variable(), "APP_PG_BIN");
        assert_eq!(
            application.socket_folder_pattern(),
            PathBuf::from("/tmp/app-XXXXXX")
        );
        for name in ["", "App", "a/b", "a b", "a=b"] {
            assert_eq!(Application::from_argument(OsStr::new(name)), None, "{name}");
        }
    }
}
