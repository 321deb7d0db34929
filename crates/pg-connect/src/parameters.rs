//! Connection parameters: which are supported, and which environment variable sets each.

use std::collections::BTreeMap;
use std::fmt;

use super::error::{ConfigError, invalid, invalid_hint};

/// Parameters whose values are secrets.
pub(crate) const SECRETS: [&str; 2] = ["password", "sslpassword"];

/// A connection parameter of libpq.
#[derive(Debug)]
struct Definition {
    name: &'static str,
    /// The environment variable that sets it where nothing else does.
    variable: Option<&'static str>,
    treatment: Treatment,
}

#[derive(Debug)]
enum Treatment {
    Used,
    /// Accepted without effect: it configures GSSAPI or compression, which are not supported.
    Ignored,
    /// Only these values are supported.
    Only(&'static [&'static str]),
}

const fn used(name: &'static str, variable: &'static str) -> Definition {
    Definition {
        name,
        variable: Some(variable),
        treatment: Treatment::Used,
    }
}

const fn unnamed(name: &'static str, treatment: Treatment) -> Definition {
    Definition {
        name,
        variable: None,
        treatment,
    }
}

/// Every supported parameter. Others, some of PostgreSQL 18 among them, are rejected by name.
static DEFINITIONS: &[Definition] = &[
    used("host", "PGHOST"),
    used("hostaddr", "PGHOSTADDR"),
    used("port", "PGPORT"),
    used("dbname", "PGDATABASE"),
    used("user", "PGUSER"),
    used("password", "PGPASSWORD"),
    used("passfile", "PGPASSFILE"),
    used("service", "PGSERVICE"),
    used("servicefile", "PGSERVICEFILE"),
    used("options", "PGOPTIONS"),
    used("connect_timeout", "PGCONNECT_TIMEOUT"),
    used("target_session_attrs", "PGTARGETSESSIONATTRS"),
    used("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    used("channel_binding", "PGCHANNELBINDING"),
    used("require_auth", "PGREQUIREAUTH"),
    used("requirepeer", "PGREQUIREPEER"),
    used("sslmode", "PGSSLMODE"),
    used("sslnegotiation", "PGSSLNEGOTIATION"),
    used("sslrootcert", "PGSSLROOTCERT"),
    used("sslcert", "PGSSLCERT"),
    used("sslkey", "PGSSLKEY"),
    used("sslcrl", "PGSSLCRL"),
    used("sslcrldir", "PGSSLCRLDIR"),
    used("sslsni", "PGSSLSNI"),
    used("sslcertmode", "PGSSLCERTMODE"),
    used("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    used("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    Definition {
        name: "gssencmode",
        variable: Some("PGGSSENCMODE"),
        treatment: Treatment::Only(&["disable", "prefer"]),
    },
    unnamed("sslpassword", Treatment::Used),
    unnamed("keepalives", Treatment::Used),
    unnamed("keepalives_idle", Treatment::Used),
    unnamed("keepalives_interval", Treatment::Used),
    unnamed("keepalives_count", Treatment::Used),
    unnamed("tcp_user_timeout", Treatment::Used),
    unnamed("application_name", Treatment::Used),
    unnamed("fallback_application_name", Treatment::Used),
    unnamed("sslcompression", Treatment::Ignored),
    unnamed("krbsrvname", Treatment::Ignored),
    unnamed("gsslib", Treatment::Ignored),
    unnamed("gssdelegation", Treatment::Ignored),
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

/// Parameters with their values. `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(BTreeMap<&'static str, String>);

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Parameters {
    /// Whether a parameter of this name is supported.
    pub(crate) fn knows(name: &str) -> bool {
        DEFINITIONS.iter().any(|definition| definition.name == name)
    }

    /// Sets a value, replacing an earlier one. `origin` is how an error names the parameter.
    pub(crate) fn set(
        &mut self,
        name: &str,
        value: String,
        origin: &str,
    ) -> Result<(), ConfigError> {
        let Some(definition) = DEFINITIONS
            .iter()
            .find(|definition| definition.name == name)
        else {
            return invalid_hint(format!("unknown parameter {name}"), "remove it");
        };
        if let Treatment::Only(values) = definition.treatment
            && !value.is_empty()
            && !values.contains(&value.as_str())
        {
            return invalid(format!("{origin} must be {}", values.join(" or ")));
        }
        if !matches!(definition.treatment, Treatment::Ignored) {
            self.0.insert(definition.name, value);
        }
        Ok(())
    }

    /// A value, unless it is empty: as in libpq, an empty value means none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        debug_assert!(Parameters::knows(name), "{name} is a parameter");
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Adopts the values of parameters that are not set yet.
    pub(crate) fn fill_from(&mut self, other: Parameters) {
        for (name, value) in other.0 {
            self.0.entry(name).or_insert(value);
        }
    }

    /// The environment variables that configure another libpq program the same way, as far as there are any.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        DEFINITIONS.iter().filter_map(|definition| {
            // The parameters of the service were adopted.
            let merged = matches!(definition.name, "service" | "servicefile");
            let value = self.get(definition.name).filter(|_| !merged)?;
            Some((definition.variable?, value))
        })
    }

    /// Reads the environment.
    pub(crate) fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Parameters, ConfigError> {
        let mut parameters = Parameters::default();
        for definition in DEFINITIONS {
            if let Some(name) = definition.variable
                && let Some(value) = variable(name).filter(|value| !value.is_empty())
            {
                parameters.set(definition.name, value, name)?;
            }
        }
        // libpq's variable from before PGSSLMODE, which overrides it.
        if parameters.get("sslmode").is_none()
            && variable("PGREQUIRESSL").is_some_and(|value| value.starts_with('1'))
        {
            parameters.set("sslmode", "require".to_owned(), "PGREQUIRESSL")?;
        }
        Ok(parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsupported_parameters_are_rejected_by_name_without_their_value() {
        let mut parameters = Parameters::default();
        let error = parameters.set(
            "oauth_client_secret",
            "s3cret".into(),
            "oauth_client_secret",
        );
        let error = error.unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown parameter oauth_client_secret\n  hint: remove it"
        );
        let error = parameters.set("gssencmode", "require".into(), "PGGSSENCMODE");
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "PGGSSENCMODE must be disable or prefer");
        parameters
            .set("gssencmode", "prefer".into(), "gssencmode")
            .unwrap();
        parameters
            .set("application_name", "x".into(), "application_name")
            .unwrap();
    }

    #[test]
    fn the_old_variable_for_tls_still_requires_it() {
        let mode = |variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let parameters = Parameters::from_environment(variable).unwrap();
            let variables: Vec<_> = parameters.variables().collect();
            match parameters.get("sslmode") {
                None => assert!(variables.is_empty(), "{variables:?}"),
                // Programs that Lethe starts must not connect without TLS either.
                Some(mode) => assert_eq!(variables, [("PGSSLMODE", mode)]),
            }
            parameters.get("sslmode").map(str::to_owned)
        };
        assert_eq!(mode(&[("PGREQUIRESSL", "1")]).as_deref(), Some("require"));
        assert_eq!(mode(&[("PGREQUIRESSL", "1x")]).as_deref(), Some("require"));
        assert_eq!(mode(&[("PGREQUIRESSL", "0")]), None);
        assert_eq!(mode(&[("PGREQUIRESSL", "")]), None);
        assert_eq!(mode(&[("PGREQUIRESSL", "true")]), None, "as in libpq");
        for given in ["verify-ca", "prefer", "disable"] {
            let both = [("PGREQUIRESSL", "1"), ("PGSSLMODE", given)];
            assert_eq!(mode(&both).as_deref(), Some(given));
        }
        let empty = [("PGREQUIRESSL", "1"), ("PGSSLMODE", "")];
        assert_eq!(mode(&empty).as_deref(), Some("require"));
    }

    #[test]
    fn the_first_value_wins_and_an_empty_value_means_none() {
        let mut parameters = Parameters::default();
        parameters.set("user", "ada".into(), "user").unwrap();
        parameters.set("host", String::new(), "host").unwrap();
        let variable = |name: &str| Some(format!("from {name}"));
        let mut environment = Parameters::from_environment(|name| match name {
            "PGUSER" | "PGHOST" | "PGPORT" => variable(name),
            "PGPASSWORD" => Some(String::new()),
            _ => None,
        })
        .unwrap();
        parameters.fill_from(std::mem::take(&mut environment));
        assert_eq!(parameters.get("user"), Some("ada"));
        assert_eq!(parameters.get("host"), None, "set to an empty value");
        assert_eq!(parameters.get("port"), Some("from PGPORT"));
        assert_eq!(parameters.get("password"), None);
        assert_eq!(format!("{parameters:?}"), r#"{"host", "port", "user"}"#);
    }
}
