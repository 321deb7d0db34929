//! The text of an address taken apart as libpq does: its URL, or its key words with values.

use super::keyword::{AddressError, Words, wrong};

/// Reads an address in either form.
///
/// No part of it is quoted by an error but key words, and of these none that could be a piece of a password that was
/// not written as it must be.
pub fn parse(text: &str) -> Result<Words, AddressError> {
    let url = ["postgres://", "postgresql://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match url {
        Some(rest) => parse_url(rest),
        None => parse_words(text),
    }
}

/// Whether an address holds a password; `false` where it cannot be read.
pub fn holds_secret(text: &str) -> bool {
    parse(text).is_ok_and(|words| SECRETS.iter().any(|name| words.get(name).is_some()))
}

/// Key words whose values are secrets.
pub const SECRETS: [&str; 2] = ["password", "sslpassword"];

fn parse_url(text: &str) -> Result<Words, AddressError> {
    let mut words = Words::default();
    let mut rest = text;
    // Everything before an @ that no slash precedes.
    if let Some(at) = text
        .find(['@', '/'])
        .filter(|&at| text[at..].starts_with('@'))
    {
        let (user, password) = match text[..at].split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (&text[..at], None),
        };
        for (name, value) in [("user", Some(user)), ("password", password)] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                words.set(name, decode(value, name)?, name)?;
            }
        }
        rest = &text[at + 1..];
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (hosts, path) = rest.split_at(end);
    set_hosts(&mut words, hosts, path)?;
    let (database, query) = match path.split_once('?') {
        Some((database, query)) => (database, query),
        None => (path, ""),
    };
    let database = database.strip_prefix('/').unwrap_or(database);
    if !database.is_empty() {
        words.set("dbname", decode(database, "the database name")?, "dbname")?;
    }
    set_parameters(&mut words, query)?;
    Ok(words)
}

/// Hosts and ports, as two lists with commas.
fn set_hosts(words: &mut Words, hosts: &str, path: &str) -> Result<(), AddressError> {
    // A password with a slash in it would be read as host and port, and everything behind it too.
    let misread = path.contains('@');
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for one in split_hosts(hosts) {
        let (name, port) = match one.strip_prefix('[') {
            Some(bracketed) => match bracketed.split_once(']') {
                Some((name, "")) => (name, ""),
                Some((name, port)) if port.starts_with(':') => (name, &port[1..]),
                _ => return wrong("an IPv6 address of the URL does not end with ] and a port"),
            },
            None => one.split_once(':').unwrap_or((one, "")),
        };
        if name.contains('@') {
            return wrong("the URL holds more than one @; in a user or password write it as %40");
        }
        if misread && !port.is_empty() && port.parse::<u16>().is_err() {
            return wrong(
                "the URL has a slash before its @; in a user or password write it as %2F",
            );
        }
        names.push(decode(name, "a host")?);
        ports.push(decode(port, "a port")?);
    }
    if names.iter().any(|name| !name.is_empty()) {
        words.set("host", names.join(","), "host")?;
    }
    if ports.iter().any(|port| !port.is_empty()) {
        words.set("port", ports.join(","), "port")?;
    }
    Ok(())
}

/// At commas outside of brackets.
fn split_hosts(hosts: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    hosts.split(move |c| {
        inside = match c {
            '[' => true,
            ']' => false,
            _ => inside,
        };
        c == ',' && !inside
    })
}

fn set_parameters(words: &mut Words, query: &str) -> Result<(), AddressError> {
    let mut after_secret = false;
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let Some((name, value)) = parameter.split_once('=') else {
            return wrong("a parameter of the URL has no =");
        };
        let name = decode(name, "a parameter's name")?;
        if value.contains('=') {
            return wrong("a parameter of the URL has more than one =; in a value write it as %3D");
        }
        let (name, value) = match (name.as_str(), value) {
            // The JDBC driver's way to say it.
            ("ssl", "true") => ("sslmode".to_owned(), "require".to_owned()),
            _ => {
                let value = decode(value, "a parameter's value")?;
                (name, value)
            }
        };
        if !Words::knows(&name) && (after_secret || query.contains('@')) {
            return wrong(
                "the URL has an unknown parameter; in a password write & as %26, / as %2F and @ as %40",
            );
        }
        words.set(&name, value, &name)?;
        after_secret = SECRETS.contains(&name.as_str());
    }
    Ok(())
}

/// Resolves `%xx`.
fn decode(text: &str, what: &str) -> Result<String, AddressError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = after;
            continue;
        }
        let digit = |at: usize| after.get(at).and_then(|&c| (c as char).to_digit(16));
        match (digit(0), digit(1)) {
            (Some(0), Some(0)) => return wrong(format!("{what} of the URL holds %00")),
            (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
            _ => {
                return wrong(format!(
                    "{what} of the URL holds a % without two hexadecimal digits; write a % itself as %25"
                ));
            }
        }
        rest = &after[2..];
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(_) => wrong(format!("{what} of the URL is not UTF-8")),
    }
}

fn parse_words(text: &str) -> Result<Words, AddressError> {
    let mut words = Words::default();
    let mut rest = text.trim_start_matches(is_blank);
    let mut after_secret = false;
    while !rest.is_empty() {
        let end = rest.find(|c| c == '=' || is_blank(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        let value = rest[end..].trim_start_matches(is_blank).strip_prefix('=');
        if after_secret && (value.is_none() || !Words::knows(name)) {
            return wrong(
                "the password is followed by what is no key word; a password with spaces stands in single quotes",
            );
        }
        let Some(value) = value else {
            return wrong(
                "a word has no =; an address is a URL (postgres://…), or key words with values (host=… dbname=…)",
            );
        };
        let (value, after) = take_value(value.trim_start_matches(is_blank), name)?;
        words.set(name, value, name)?;
        after_secret = SECRETS.contains(&name);
        rest = after.trim_start_matches(is_blank);
    }
    Ok(words)
}

fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

/// A value, in single quotes or up to the next space, and what follows; a backslash takes the next character as it is.
fn take_value<'a>(text: &'a str, name: &str) -> Result<(String, &'a str), AddressError> {
    let quoted = text.strip_prefix('\'');
    let mut value = String::new();
    let mut characters = quoted.unwrap_or(text).chars();
    loop {
        let rest = characters.as_str();
        match characters.next() {
            Some('\\') => value.extend(characters.next()),
            Some('\'') if quoted.is_some() => return Ok((value, characters.as_str())),
            Some(c) if quoted.is_none() && is_blank(c) => return Ok((value, rest)),
            Some(c) => value.push(c),
            None if quoted.is_some() && Words::knows(name) => {
                return wrong(format!("the value of {name} has no closing quote"));
            }
            None if quoted.is_some() => return wrong("a value has no closing quote"),
            None => return Ok((value, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[track_caller]
    fn has(text: &str, expected: &[(&str, &str)]) {
        let words = parse(text).unwrap();
        let mut wanted = Words::default();
        for (name, value) in expected {
            wanted.set(name, (*value).to_owned(), name).unwrap();
        }
        for (name, value) in expected {
            assert_eq!(words.get(name), Some(*value), "{text}: {name}");
        }
        assert_eq!(words, wanted, "{text}");
    }

    /// From the regression tests of libpq.
    #[test]
    fn urls_are_read_as_libpq_does() {
        let all = [
            ("user", "uri-user"),
            ("password", "secret"),
            ("host", "host"),
            ("port", "12345"),
            ("dbname", "db"),
        ];
        has("postgresql://uri-user:secret@host:12345/db", &all);
        has("postgres://uri-user:secret@host:12345/db?", &all);
        has("postgresql://uri-user@host/", &[all[0], all[2]]);
        has("postgresql://host:12345/", &[all[2], all[3]]);
        has("postgresql://", &[]);
        has("postgresql:///db", &[all[4]]);
        has("postgresql://?host=h", &[("host", "h")]);
        has("postgresql://%68ost/", &[all[2]]);
        has(
            "postgresql://host/db?user=uri-user",
            &[all[2], all[4], all[0]],
        );
        has(
            "postgresql://host?sslmode=verify%2Dfull",
            &[all[2], ("sslmode", "verify-full")],
        );
        has(
            "postgres://host?ssl=true",
            &[all[2], ("sslmode", "require")],
        );
        has("postgresql://[::1]/db", &[("host", "::1"), all[4]]);
        has(
            "postgresql://[2001:db8::1234]:5433?connect_timeout=9",
            &[
                ("host", "2001:db8::1234"),
                ("port", "5433"),
                ("connect_timeout", "9"),
            ],
        );
        has(
            "postgres://%2Fvar%2Flib%2Fpostgresql/db",
            &[("host", "/var/lib/postgresql"), all[4]],
        );
        has("postgres://:12345/", &[("port", "12345")]);
        has(
            "postgres://a:p%40%2F%3A%26%25@/",
            &[("user", "a"), ("password", "p@/:&%")],
        );
        has(
            "postgres://a:p?w:x@h/",
            &[("user", "a"), ("password", "p?w:x"), ("host", "h")],
        );
    }

    #[test]
    fn several_hosts_become_lists() {
        has(
            "postgres://h1:5433,h2,[::1]:5434/db?target_session_attrs=read-write",
            &[
                ("host", "h1,h2,::1"),
                ("port", "5433,,5434"),
                ("dbname", "db"),
                ("target_session_attrs", "read-write"),
            ],
        );
        has("host=a,b port=1,2", &[("host", "a,b"), ("port", "1,2")]);
    }

    #[test]
    fn words_are_read_as_libpq_does() {
        has(
            r" host = h  user='o\'hara \\' password=a\ b\'c",
            &[("host", "h"), ("user", r"o'hara \"), ("password", "a b'c")],
        );
    }

    #[rstest]
    #[case("nonsense", "a word has no =")]
    #[case("host=h port", "a word has no =")]
    #[case("host='h", "the value of host has no closing quote")]
    #[case(
        "host=h sslkeylogfile=/s3cret",
        "lethe does not know the key word sslkeylogfile"
    )]
    #[case(
        "postgres://h/d?sslkeylogfile=/s3cret",
        "lethe does not know the key word sslkeylogfile"
    )]
    #[case("password=my s3cret", "a password with spaces stands in single quotes")]
    #[case(
        "password=my s3cret=3 host=h",
        "a password with spaces stands in single quotes"
    )]
    #[case("postgres://u:p@s3cret@h/d", "write it as %40")]
    #[case("postgres://u:p/s3cret@h/d", "write it as %2F")]
    #[case("postgres://u:12/x?s3cret=y@h/d", "/ as %2F")]
    #[case("postgres://h/d?password=my&s3cret=5", "write & as %26")]
    #[case("postgres://u:s3cret%4@h/d", "password of the URL holds a % without")]
    #[case("postgres://u:s3cret%00@h/d", "password of the URL holds %00")]
    #[case("postgres://u:s3cret%ff@h/d", "password of the URL is not UTF-8")]
    #[case("postgres://h/d?password", "a parameter of the URL has no =")]
    #[case("postgres://h/d?password=a=s3cret", "in a value write it as %3D")]
    #[case("postgres://[::1/d", "does not end with ]")]
    fn mistakes_are_told_and_no_secret_is(#[case] text: &str, #[case] message: &str) {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }

    #[test]
    fn secrets_are_noticed() {
        assert!(holds_secret("postgres://u:p@h/d"));
        assert!(holds_secret("host=h password=p"));
        assert!(holds_secret("host=h sslpassword=p"));
        assert!(!holds_secret("postgres://u@h/d?passfile=/p"));
        assert!(!holds_secret("host=h password=''"));
        assert!(!holds_secret("nonsense"));
    }
}
