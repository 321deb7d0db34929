//! The password file: `host:port:database:user:password`, a line each, as libpq reads it.

use secrecy::SecretString;

/// What a password is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// `localhost` for the default socket folder.
    pub host: &'a str,
    pub port: u16,
    pub database: &'a str,
    pub user: &'a str,
}

/// The password of the first line that fits; `None` also where it is empty.
pub fn password(text: &str, wanted: Wanted<'_>) -> Option<SecretString> {
    let port = wanted.port.to_string();
    let asked = [wanted.host, &port, wanted.database, wanted.user];
    text.lines()
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let rest = asked
                .iter()
                .try_fold(line, |rest, field| after_field(rest, field))?;
            Some(plain(rest))
        })
        .filter(|password| !password.is_empty())
        .map(SecretString::from)
}

/// What follows a field and its colon, where the field is `*` or this text.
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

/// A last field without its escapes; a bare colon ends it.
fn plain(field: &str) -> String {
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

    const FILE: &str = r"# db.example.com:5432:contact_centre:lethe:comment

db.example.com:5432:contact_centre:lethe:plain
db.example.com:5433:*:lethe:any database
*:*:*:ada:everywhere
fe80\:\:1:5432:*:lethe:sixth
localhost:5432:a\\b:o\:hara:back\\slash\:colon
half:5432:*:lethe
empty:5432:*:lethe:
empty:5432:*:lethe:later
bare:5432:*:lethe:before:after
*x:5432:*:lethe:no wildcard
";

    #[rstest]
    #[case("db.example.com", 5432, "contact_centre", "lethe", Some("plain"))]
    #[case(
        "db.example.com",
        5433,
        "contact_centre",
        "lethe",
        Some("any database")
    )]
    #[case("db.example.com", 5432, "contact", "lethe", None)]
    #[case("db.example.com", 5432, "contact_centre_2", "lethe", None)]
    #[case("other", 1, "d", "ada", Some("everywhere"))]
    #[case("fe80::1", 5432, "d", "lethe", Some("sixth"))]
    #[case("localhost", 5432, r"a\b", "o:hara", Some(r"back\slash:colon"))]
    #[case("half", 5432, "d", "lethe", None)]
    #[case("empty", 5432, "d", "lethe", None)]
    #[case("bare", 5432, "d", "lethe", Some("before"))]
    #[case("x", 5432, "d", "lethe", None)]
    #[case("*x", 5432, "d", "lethe", Some("no wildcard"))]
    fn the_first_line_that_fits_counts(
        #[case] host: &str,
        #[case] port: u16,
        #[case] database: &str,
        #[case] user: &str,
        #[case] expected: Option<&str>,
    ) {
        let wanted = Wanted {
            host,
            port,
            database,
            user,
        };
        for text in [FILE.to_owned(), FILE.replace('\n', "\r\n")] {
            let found = password(&text, wanted);
            assert_eq!(
                found.as_ref().map(|secret| secret.expose_secret()),
                expected,
                "{wanted:?}"
            );
        }
    }
}
