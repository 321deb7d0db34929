//! The key words of an address: which there are, which variable stands for each, and what Lethe does with it.

use std::collections::BTreeMap;
use std::fmt;

/// A key word of libpq.
#[derive(Debug)]
pub struct Keyword {
    pub name: &'static str,
    /// The environment variable that stands for it where nothing else is said.
    pub variable: Option<&'static str>,
    treatment: Treatment,
}

#[derive(Debug)]
enum Treatment {
    Kept,
    /// Accepted without effect, as it is about what Lethe settles itself or never does (GSSAPI, compression).
    WithoutEffect,
    /// These values are what Lethe does anyhow; others cannot be kept.
    Only(&'static [&'static str]),
}

const fn kept(name: &'static str, variable: &'static str) -> Keyword {
    Keyword {
        name,
        variable: Some(variable),
        treatment: Treatment::Kept,
    }
}

const fn unnamed(name: &'static str, treatment: Treatment) -> Keyword {
    Keyword {
        name,
        variable: None,
        treatment,
    }
}

/// All that Lethe knows; those of PostgreSQL 18 that are missing are refused by name.
static KEYWORDS: &[Keyword] = &[
    kept("host", "PGHOST"),
    kept("hostaddr", "PGHOSTADDR"),
    kept("port", "PGPORT"),
    kept("dbname", "PGDATABASE"),
    kept("user", "PGUSER"),
    kept("password", "PGPASSWORD"),
    kept("passfile", "PGPASSFILE"),
    kept("service", "PGSERVICE"),
    kept("servicefile", "PGSERVICEFILE"),
    kept("options", "PGOPTIONS"),
    kept("connect_timeout", "PGCONNECT_TIMEOUT"),
    kept("target_session_attrs", "PGTARGETSESSIONATTRS"),
    kept("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    kept("channel_binding", "PGCHANNELBINDING"),
    kept("require_auth", "PGREQUIREAUTH"),
    kept("requirepeer", "PGREQUIREPEER"),
    kept("sslmode", "PGSSLMODE"),
    kept("sslnegotiation", "PGSSLNEGOTIATION"),
    kept("sslrootcert", "PGSSLROOTCERT"),
    kept("sslcert", "PGSSLCERT"),
    kept("sslkey", "PGSSLKEY"),
    kept("sslcrl", "PGSSLCRL"),
    kept("sslcrldir", "PGSSLCRLDIR"),
    kept("sslsni", "PGSSLSNI"),
    kept("sslcertmode", "PGSSLCERTMODE"),
    kept("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    kept("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    Keyword {
        name: "gssencmode",
        variable: Some("PGGSSENCMODE"),
        treatment: Treatment::Only(&["disable", "prefer"]),
    },
    unnamed("sslpassword", Treatment::Kept),
    unnamed("keepalives", Treatment::Kept),
    unnamed("keepalives_idle", Treatment::Kept),
    unnamed("keepalives_interval", Treatment::Kept),
    unnamed("keepalives_count", Treatment::Kept),
    unnamed("tcp_user_timeout", Treatment::Kept),
    unnamed("application_name", Treatment::WithoutEffect),
    unnamed("fallback_application_name", Treatment::WithoutEffect),
    unnamed("sslcompression", Treatment::WithoutEffect),
    unnamed("krbsrvname", Treatment::WithoutEffect),
    unnamed("gsslib", Treatment::WithoutEffect),
    unnamed("gssdelegation", Treatment::WithoutEffect),
    unnamed(
        "client_encoding",
        Treatment::Only(&["auto", "UTF8", "utf8", "UTF-8", "utf-8"]),
    ),
    unnamed("replication", Treatment::Only(&["false", "off", "no", "0"])),
    unnamed("min_protocol_version", Treatment::Only(&["3.0"])),
    unnamed(
        "max_protocol_version",
        Treatment::Only(&["3.0", "3.2", "latest"]),
    ),
];

/// Why an address, or what it leads to, cannot be used. It names key words, variables, files and lines, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(pub String);

/// Ends with an [`AddressError`].
pub fn wrong<T>(message: impl Into<String>) -> Result<T, AddressError> {
    Err(AddressError(message.into()))
}

/// Key words with their values. `Debug` shows the key words only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Words(BTreeMap<&'static str, String>);

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Words {
    /// Whether libpq has such a key word and Lethe knows it.
    pub fn knows(name: &str) -> bool {
        KEYWORDS.iter().any(|keyword| keyword.name == name)
    }

    /// Takes a value, in the place of an earlier one. `origin` is how an error names the key word.
    pub fn set(&mut self, name: &str, value: String, origin: &str) -> Result<(), AddressError> {
        let Some(keyword) = KEYWORDS.iter().find(|keyword| keyword.name == name) else {
            return wrong(format!(
                "lethe does not know the key word {name}; leave it out"
            ));
        };
        if let Treatment::Only(values) = keyword.treatment
            && !value.is_empty()
            && !values.contains(&value.as_str())
        {
            let last = values.join(" or ");
            return wrong(format!(
                "{origin} can only be {last}; lethe keeps to nothing else"
            ));
        }
        if !matches!(keyword.treatment, Treatment::WithoutEffect) {
            self.0.insert(keyword.name, value);
        }
        Ok(())
    }

    /// A value that is not empty: libpq takes an empty one for none.
    pub fn get(&self, name: &str) -> Option<&str> {
        debug_assert!(Words::knows(name), "{name} is a key word");
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Takes over what is not said yet.
    pub fn fill_from(&mut self, other: Words) {
        for (name, value) in other.0 {
            self.0.entry(name).or_insert(value);
        }
    }

    /// Variables that tell a program of libpq the same, as far as there are variables for it.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        KEYWORDS.iter().filter_map(|keyword| {
            // What a service says was taken over.
            let merged = matches!(keyword.name, "service" | "servicefile");
            let value = self.get(keyword.name).filter(|_| !merged)?;
            Some((keyword.variable?, value))
        })
    }

    /// What the environment says.
    pub fn of_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Words, AddressError> {
        let mut words = Words::default();
        // What it was called before there were modes.
        if variable("PGREQUIRESSL").is_some_and(|value| value.starts_with('1')) {
            words.set("sslmode", "require".to_owned(), "PGREQUIRESSL")?;
        }
        for keyword in KEYWORDS {
            if let Some(name) = keyword.variable
                && let Some(value) = variable(name).filter(|value| !value.is_empty())
            {
                words.set(keyword.name, value, name)?;
            }
        }
        Ok(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_kept_is_refused_by_name_and_without_its_value() {
        let mut words = Words::default();
        let error = words.set(
            "oauth_client_secret",
            "s3cret".into(),
            "oauth_client_secret",
        );
        let error = error.unwrap_err().to_string();
        assert_eq!(
            error,
            "lethe does not know the key word oauth_client_secret; leave it out"
        );
        let error = words.set("gssencmode", "require".into(), "PGGSSENCMODE");
        let error = error.unwrap_err().to_string();
        assert_eq!(
            error,
            "PGGSSENCMODE can only be disable or prefer; lethe keeps to nothing else"
        );
        words
            .set("gssencmode", "prefer".into(), "gssencmode")
            .unwrap();
        words
            .set("application_name", "x".into(), "application_name")
            .unwrap();
    }

    #[test]
    fn the_old_variable_for_tls_still_asks_for_it() {
        let mode = |variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let words = Words::of_environment(variable).unwrap();
            words.get("sslmode").map(str::to_owned)
        };
        assert_eq!(mode(&[("PGREQUIRESSL", "1")]).as_deref(), Some("require"));
        assert_eq!(mode(&[("PGREQUIRESSL", "0")]), None);
        let both = [("PGREQUIRESSL", "1"), ("PGSSLMODE", "verify-ca")];
        assert_eq!(mode(&both).as_deref(), Some("verify-ca"));
    }

    #[test]
    fn what_was_said_first_stays_and_an_empty_value_is_none() {
        let mut words = Words::default();
        words.set("user", "ada".into(), "user").unwrap();
        words.set("host", String::new(), "host").unwrap();
        let variable = |name: &str| Some(format!("from {name}"));
        let mut environment = Words::of_environment(|name| match name {
            "PGUSER" | "PGHOST" | "PGPORT" => variable(name),
            "PGPASSWORD" => Some(String::new()),
            _ => None,
        })
        .unwrap();
        words.fill_from(std::mem::take(&mut environment));
        assert_eq!(words.get("user"), Some("ada"));
        assert_eq!(words.get("host"), None, "said to be empty");
        assert_eq!(words.get("port"), Some("from PGPORT"));
        assert_eq!(words.get("password"), None);
        assert_eq!(format!("{words:?}"), r#"{"host", "port", "user"}"#);
    }
}
