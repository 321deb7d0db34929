//! The password file: lines of `host:port:database:user:password`.

use secrecy::SecretString;

/// The connection that a password is needed for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Login<'a> {
    /// `localhost` for the default socket folder.
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) database: &'a str,
    pub(crate) user: &'a str,
}

/// The password of the first line that matches; `None` also if it is empty.
pub(crate) fn password(text: &str, login: Login<'_>) -> Option<SecretString> {
    let port = login.port.to_string();
    let fields = [login.host, &port, login.database, login.user];
    text.lines()
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let rest = fields
                .iter()
                .try_fold(line, |rest, field| after_field(rest, field))?;
            Some(unescape(rest))
        })
        .filter(|password| !password.is_empty())
        .map(SecretString::from)
}

/// The rest of the line after a field and its colon, if the field is `*` or matches the text.
fn after_field<'a>(line: &'a str, text: &str) -> Option<&'a str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let mut characters = line.chars();
    let mut expected = text.chars();
    loop {
        let c = match characters.next()? {
            ':' => return expected.next().is_none().then_some(characters.as_str()),
            '\\' => characters.next()?,
            c => c,
        };
        if expected.next() != Some(c) {
            return None;
        }
    }
}

/// The last field without its escapes; an unescaped colon ends it.
fn unescape(field: &str) -> String {
    let mut password = String::new();
    let mut characters = field.chars();
    loop {
        match characters.next() {
            None | Some(':') => return password,
            Some('\\') => password.push(characters.next().unwrap_or('\\')),
            Some(c) => password.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use secrecy::ExposeSecret as _;

    use super::*;

    const FILE: &str = r"# db.example.com:5432:contact_centre:app:comment

db.example.com:5432:contact_centre:app:plain
db.example.com:5433:*:app:any database
*:*:*:ada:everywhere
fe80\:\:1:5432:*:app:sixth
localhost:5432:a\\b:o\:hara:back\\slash\:colon
half:5432:*:app
empty:5432:*:app:
empty:5432:*:app:later
bare:5432:*:app:before:after
*x:5432:*:app:no wildcard
";

    #[rstest]
    #[case("db.example.com", 5432, "contact_centre", "app", Some("plain"))]
    #[case("db.example.com", 5433, "contact_centre", "app", Some("any database"))]
    #[case("db.example.com", 5432, "contact", "app", None)]
    #[case("db.example.com", 5432, "contact_centre_2", "app", None)]
    #[case("other", 1, "d", "ada", Some("everywhere"))]
    #[case("fe80::1", 5432, "d", "app", Some("sixth"))]
    #[case("localhost", 5432, r"a\b", "o:hara", Some(r"back\slash:colon"))]
    #[case("half", 5432, "d", "app", None)]
    #[case("empty", 5432, "d", "app", None)]
    #[case("bare", 5432, "d", "app", Some("before"))]
    #[case("x", 5432, "d", "app", None)]
    #[case("*x", 5432, "d", "app", Some("no wildcard"))]
    fn the_first_matching_line_counts(
        #[case] host: &str,
        #[case] port: u16,
        #[case] database: &str,
        #[case] user: &str,
        #[case] expected: Option<&str>,
    ) {
        let login = Login {
            host,
            port,
            database,
            user,
        };
        for text in [FILE.to_owned(), FILE.replace('\n', "\r\n")] {
            let found = password(&text, login);
            assert_eq!(
                found.as_ref().map(|secret| secret.expose_secret()),
                expected,
                "{login:?}"
            );
        }
    }
}
