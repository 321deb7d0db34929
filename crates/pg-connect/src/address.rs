//! Parses an address as libpq does: a URL, or `key=value` pairs.

use super::error::{ConfigError, invalid, invalid_hint};
use super::parameters::{Parameters, SECRETS};

/// Parses an address of either form.
///
/// Errors quote parameter names only, and none that could be part of a password that was not escaped.
pub(crate) fn parse(text: &str) -> Result<Parameters, ConfigError> {
    let url = ["postgres://", "postgresql://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match url {
        Some(rest) => parse_url(rest),
        None => parse_key_values(text),
    }
}

/// Whether an address holds a password; `false` if it cannot be parsed.
pub fn holds_password(text: &str) -> bool {
    parse(text).is_ok_and(|parameters| SECRETS.iter().any(|name| parameters.get(name).is_some()))
}

fn parse_url(text: &str) -> Result<Parameters, ConfigError> {
    let mut parameters = Parameters::default();
    let mut rest = text;
    // The user information is everything before an @ that no slash precedes.
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
                parameters.set(name, decode(value, name)?, name)?;
            }
        }
        rest = &text[at + 1..];
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (hosts, path) = rest.split_at(end);
    set_hosts(&mut parameters, hosts, path)?;
    let (database, query) = match path.split_once('?') {
        Some((database, query)) => (database, query),
        None => (path, ""),
    };
    let database = database.strip_prefix('/').unwrap_or(database);
    if !database.is_empty() {
        parameters.set("dbname", decode(database, "the database name")?, "dbname")?;
    }
    set_parameters(&mut parameters, query)?;
    Ok(parameters)
}

/// Sets hosts and ports, as two comma-separated lists.
fn set_hosts(parameters: &mut Parameters, hosts: &str, path: &str) -> Result<(), ConfigError> {
    // An unescaped slash in a password ends the host part early: the rest of the password would be read as a path.
    let misread = path.contains('@');
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for one in split_hosts(hosts) {
        let (name, port) = match one.strip_prefix('[') {
            Some(bracketed) => match bracketed.split_once(']') {
                Some((name, "")) => (name, ""),
                Some((name, port)) if port.starts_with(':') => (name, &port[1..]),
                _ => {
                    return invalid_hint(
                        "the IPv6 address in the URL is malformed",
                        "write it as [address] or [address]:port",
                    );
                }
            },
            None => one.split_once(':').unwrap_or((one, "")),
        };
        if name.contains('@') {
            return invalid_hint(
                "the URL has more than one @",
                "write an @ in a user name or password as %40",
            );
        }
        if misread && !port.is_empty() && port.parse::<u16>().is_err() {
            return invalid_hint(
                "the URL has a slash before its @",
                "write a slash in a user name or password as %2F",
            );
        }
        names.push(decode(name, "a host")?);
        ports.push(decode(port, "a port")?);
    }
    if names.iter().any(|name| !name.is_empty()) {
        parameters.set("host", names.join(","), "host")?;
    }
    if ports.iter().any(|port| !port.is_empty()) {
        parameters.set("port", ports.join(","), "port")?;
    }
    Ok(())
}

/// Splits at commas outside brackets.
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

fn set_parameters(parameters: &mut Parameters, query: &str) -> Result<(), ConfigError> {
    let mut after_secret = false;
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let Some((name, value)) = parameter.split_once('=') else {
            return invalid("a parameter of the URL has no =");
        };
        let name = decode(name, "a parameter's name")?;
        if value.contains('=') {
            return invalid_hint(
                "a parameter of the URL has more than one =",
                "write an = in a value as %3D",
            );
        }
        let (name, value) = match (name.as_str(), value) {
            // The JDBC driver's form, which libpq accepts too.
            ("ssl", "true") => ("sslmode".to_owned(), "require".to_owned()),
            _ => {
                let value = decode(value, "a parameter's value")?;
                (name, value)
            }
        };
        if !Parameters::knows(&name) && (after_secret || query.contains('@')) {
            return invalid_hint(
                "the URL has an unknown parameter",
                "write & as %26, / as %2F and @ as %40 in a password",
            );
        }
        parameters.set(&name, value, &name)?;
        after_secret = SECRETS.contains(&name.as_str());
    }
    Ok(())
}

/// Decodes `%xx`.
fn decode(text: &str, part: &str) -> Result<String, ConfigError> {
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
            (Some(0), Some(0)) => return invalid(format!("{part} of the URL holds %00")),
            (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
            _ => {
                return invalid_hint(
                    format!("{part} of the URL holds a % without two hexadecimal digits"),
                    "write a % itself as %25",
                );
            }
        }
        rest = &after[2..];
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(_) => invalid(format!("{part} of the URL is not UTF-8")),
    }
}

fn parse_key_values(text: &str) -> Result<Parameters, ConfigError> {
    let mut parameters = Parameters::default();
    let mut rest = text.trim_start_matches(is_blank);
    let mut after_secret = false;
    while !rest.is_empty() {
        let end = rest.find(|c| c == '=' || is_blank(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        let value = rest[end..].trim_start_matches(is_blank).strip_prefix('=');
        if after_secret && (value.is_none() || !Parameters::knows(name)) {
            return invalid_hint(
                "the password is not followed by a parameter",
                "put a password with spaces into single quotes",
            );
        }
        let Some(value) = value else {
            return invalid_hint(
                "a part of the address has no =",
                "write a URL (postgres://…) or key=value pairs (host=… dbname=…)",
            );
        };
        let (value, after) = take_value(value.trim_start_matches(is_blank), name)?;
        parameters.set(name, value, name)?;
        after_secret = SECRETS.contains(&name);
        rest = after.trim_start_matches(is_blank);
    }
    Ok(parameters)
}

fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

/// A value, in single quotes or up to the next space, and the text after it; a backslash escapes the next character.
fn take_value<'a>(text: &'a str, name: &str) -> Result<(String, &'a str), ConfigError> {
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
            None if quoted.is_some() && Parameters::knows(name) => {
                return invalid(format!("the value of {name} has no closing quote"));
            }
            None if quoted.is_some() => return invalid("a value has no closing quote"),
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
        let parameters = parse(text).unwrap();
        let mut wanted = Parameters::default();
        for (name, value) in expected {
            wanted.set(name, (*value).to_owned(), name).unwrap();
        }
        for (name, value) in expected {
            assert_eq!(parameters.get(name), Some(*value), "{text}: {name}");
        }
        assert_eq!(parameters, wanted, "{text}");
    }

    /// From the regression tests of libpq.
    #[test]
    fn urls_are_parsed_as_in_libpq() {
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
    fn key_value_pairs_are_parsed_as_in_libpq() {
        has(
            r" host = h  user='o\'hara \\' password=a\ b\'c",
            &[("host", "h"), ("user", r"o'hara \"), ("password", "a b'c")],
        );
    }

    #[rstest]
    #[case("nonsense", "has no =")]
    #[case("host=h port", "has no =")]
    #[case("host='h", "the value of host has no closing quote")]
    #[case("host=h sslkeylogfile=/s3cret", "unknown parameter sslkeylogfile")]
    #[case(
        "postgres://h/d?sslkeylogfile=/s3cret",
        "unknown parameter sslkeylogfile"
    )]
    #[case("password=my s3cret", "put a password with spaces into single quotes")]
    #[case(
        "password=my s3cret=3 host=h",
        "put a password with spaces into single quotes"
    )]
    #[case("postgres://u:p@s3cret@h/d", "as %40")]
    #[case("postgres://u:p/s3cret@h/d", "as %2F")]
    #[case("postgres://u:12/x?s3cret=y@h/d", "/ as %2F")]
    #[case("postgres://h/d?password=my&s3cret=5", "write & as %26")]
    #[case("postgres://u:s3cret%4@h/d", "password of the URL holds a % without")]
    #[case("postgres://u:s3cret%00@h/d", "password of the URL holds %00")]
    #[case("postgres://u:s3cret%ff@h/d", "password of the URL is not UTF-8")]
    #[case("postgres://h/d?password", "has no =")]
    #[case("postgres://h/d?password=a=s3cret", "as %3D")]
    #[case("postgres://[::1/d", "is malformed")]
    fn errors_quote_no_secret(#[case] text: &str, #[case] message: &str) {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }

    #[test]
    fn passwords_are_detected() {
        assert!(holds_password("postgres://u:p@h/d"));
        assert!(holds_password("host=h password=p"));
        assert!(holds_password("host=h sslpassword=p"));
        assert!(!holds_password("postgres://u@h/d?passfile=/p"));
        assert!(!holds_password("host=h password=''"));
        assert!(!holds_password("nonsense"));
    }
}
