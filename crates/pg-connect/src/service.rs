//! The connection service file: parameters below the name of a service in brackets.

use super::error::{ConfigError, invalid, invalid_hint};
use super::parameters::Parameters;

/// The parameters of a service in the text of a service file; `None` if the file does not have the service.
pub(crate) fn find(text: &str, service: &str) -> Result<Option<Parameters>, ConfigError> {
    let mut found: Option<Parameters> = None;
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
                found = Some(Parameters::default());
            }
            continue;
        }
        let Some(parameters) = &mut found else {
            continue;
        };
        let at = format!("line {}", i + 1);
        if line.starts_with("ldap") {
            return invalid_hint(
                format!("{at}: LDAP lookup of a service is not supported"),
                "write the parameters into the service file",
            );
        }
        let Some((name, value)) = line.split_once('=') else {
            return invalid(format!("{at} is neither [service] nor parameter=value"));
        };
        if ["service", "servicefile"].contains(&name) {
            return invalid(format!("{at}: a service cannot refer to another service"));
        }
        let mut parameter = Parameters::default();
        parameter
            .set(name, value.to_owned(), name)
            .map_err(|error| error.at(&at))?;
        // As in libpq, the first of two values wins.
        parameters.fill_from(parameter);
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
user= app
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
    fn the_first_section_of_a_service_counts() {
        let parameters = find(FILE, "contact").unwrap().unwrap();
        assert_eq!(parameters.get("host"), Some("db.example.com"));
        assert_eq!(parameters.get("port"), Some("5433"));
        assert_eq!(parameters.get("user"), Some(" app"));
        assert_eq!(parameters.get("password"), Some("a=b c"));
        assert_eq!(parameters.get("dbname"), None);
        assert_eq!(find(FILE, "contac").unwrap(), None);
    }

    #[test]
    fn errors_name_the_line_and_quote_no_value() {
        for (service, message) in [
            (
                "late",
                "line 18: unknown parameter sslkeylogfile\n  hint: remove it",
            ),
            (
                "ldap",
                "line 20: LDAP lookup of a service is not supported\n  hint: write the parameters into the service file",
            ),
            (
                "nested",
                "line 22: a service cannot refer to another service",
            ),
            ("torn", "line 24 is neither [service] nor parameter=value"),
        ] {
            assert_eq!(find(FILE, service).unwrap_err().to_string(), message);
        }
    }
}
