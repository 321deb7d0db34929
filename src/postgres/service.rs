//! The service file: key words under a service's name in brackets, as libpq reads it.

use super::keyword::{AddressError, Words, wrong};

/// What a service file says about a service; `None` where it does not name it.
pub fn find(text: &str, service: &str) -> Result<Option<Words>, AddressError> {
    let mut found: Option<Words> = None;
    for (i, line) in text.lines().enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(group) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            if group.strip_suffix(']') == Some(service) {
                found = Some(Words::default());
            }
            continue;
        }
        let Some(words) = &mut found else {
            continue;
        };
        let at = format!("line {}", i + 1);
        if line.starts_with("ldap") {
            return wrong(format!(
                "{at}: lethe asks no LDAP server; write the key words themselves"
            ));
        }
        let Some((name, value)) = line.split_once('=') else {
            return wrong(format!("{at} is neither [service] nor key word = value"));
        };
        if ["service", "servicefile"].contains(&name) {
            return wrong(format!("{at}: a service cannot name another one"));
        }
        let mut said = Words::default();
        said.set(name, value.to_owned(), name)
            .map_err(|error| AddressError(format!("{at}: {error}")))?;
        // Said twice, the first counts.
        words.fill_from(said);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
# a comment
[other]
host=other.example.com
unknown to libpq

  [contact]
host=db.example.com
  # another
port=5433
user= lethe
password=a=b c
host=second

[contact]
dbname=not read
[late]
sslkeylogfile=/s3cret
[ldap]
ldap://ldap.example.com/dc
[nested]
service=other
[torn]
s3cret
";

    #[test]
    fn a_service_is_what_stands_under_its_name_first() {
        let words = find(FILE, "contact").unwrap().unwrap();
        assert_eq!(words.get("host"), Some("db.example.com"));
        assert_eq!(words.get("port"), Some("5433"));
        assert_eq!(words.get("user"), Some(" lethe"));
        assert_eq!(words.get("password"), Some("a=b c"));
        assert_eq!(words.get("dbname"), None);
        assert_eq!(find(FILE, "contac").unwrap(), None);
    }

    #[test]
    fn mistakes_have_their_line_and_no_value() {
        for (service, message) in [
            (
                "late",
                "line 18: lethe does not know the key word sslkeylogfile; leave it out",
            ),
            (
                "ldap",
                "line 20: lethe asks no LDAP server; write the key words themselves",
            ),
            ("nested", "line 22: a service cannot name another one"),
            ("torn", "line 24 is neither [service] nor key word = value"),
        ] {
            assert_eq!(find(FILE, service).unwrap_err().to_string(), message);
        }
    }
}
