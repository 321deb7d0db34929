//! The `ssl…` parameters. No file is read here.

use std::path::PathBuf;

use crate::error::{ConfigError, invalid, invalid_hint};
use crate::parameters::Parameters;

/// `sslmode`, from the weakest to the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsMode {
    Disable,
    /// Without TLS first, then with it.
    Allow,
    /// With TLS first, then without.
    Prefer,
    /// With TLS. The certificate is verified only where there are root certificates.
    Require,
    VerifyCa,
    VerifyFull,
}

/// `sslnegotiation`: how TLS starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Negotiation {
    /// After a request in PostgreSQL's own protocol.
    Postgres,
    /// Immediately (PostgreSQL 17 and later).
    Direct,
}

/// The `ssl…` parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsSettings {
    pub(crate) mode: TlsMode,
    pub(crate) negotiation: Negotiation,
    pub(super) roots: Roots,
    pub(super) client: Option<ClientFiles>,
    pub(super) revocation_files: Vec<PathBuf>,
    pub(super) revocation_folder: Option<PathBuf>,
    /// Whether the host name is sent to the server (SNI).
    pub(super) sends_name: bool,
    pub(super) min_version: TlsVersion,
    pub(super) max_version: TlsVersion,
}

/// The files of a client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClientFiles {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

/// Which authorities are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    None,
    /// The authorities that the operating system trusts.
    System,
    File(PathBuf),
}

/// The versions that rustls supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TlsVersion {
    V1_2,
    V1_3,
}

impl TlsSettings {
    /// Parses the parameters; `default_file` finds a file in the user's `~/.postgresql`.
    pub(crate) fn parse(
        parameters: &Parameters,
        default_file: impl Fn(&str) -> Option<PathBuf>,
    ) -> Result<TlsSettings, ConfigError> {
        let roots = match parameters.get("sslrootcert") {
            Some("system") => Roots::System,
            Some(path) => Roots::File(path.into()),
            None => default_file("root.crt").map_or(Roots::None, Roots::File),
        };
        let mode = mode(parameters, &roots)?;
        let negotiation = match parameters.get("sslnegotiation") {
            None | Some("postgres") => Negotiation::Postgres,
            Some("direct") if mode >= TlsMode::Require => Negotiation::Direct,
            Some("direct") => {
                return invalid_hint(
                    "sslnegotiation=direct needs TLS",
                    "set sslmode=require, verify-ca or verify-full",
                );
            }
            Some(_) => return invalid("sslnegotiation must be postgres or direct"),
        };
        let path = |name: &str| parameters.get(name).map(PathBuf::from);
        let revocation_file = path("sslcrl").or_else(|| match parameters.get("sslcrldir") {
            Some(_) => None,
            None => default_file("root.crl"),
        });
        let (min_version, max_version) = versions(parameters)?;
        Ok(TlsSettings {
            mode,
            negotiation,
            roots,
            client: client_files(parameters, default_file)?,
            revocation_files: revocation_file.into_iter().collect(),
            revocation_folder: path("sslcrldir"),
            sends_name: match parameters.get("sslsni") {
                None | Some("1") => true,
                Some("0") => false,
                Some(_) => return invalid("sslsni must be 0 or 1"),
            },
            min_version,
            max_version,
        })
    }

    /// Whether a connection with TLS is made only to a server whose certificate an authority vouches for.
    pub(crate) fn verifies_server(&self) -> bool {
        self.roots != Roots::None
    }
}

fn mode(parameters: &Parameters, roots: &Roots) -> Result<TlsMode, ConfigError> {
    let mode = match parameters.get("sslmode") {
        None if *roots == Roots::System => TlsMode::VerifyFull,
        None => TlsMode::Prefer,
        Some("disable") => TlsMode::Disable,
        Some("allow") => TlsMode::Allow,
        Some("prefer") => TlsMode::Prefer,
        Some("require") => TlsMode::Require,
        Some("verify-ca") => TlsMode::VerifyCa,
        Some("verify-full") => TlsMode::VerifyFull,
        Some(_) => {
            return invalid(
                "sslmode must be disable, allow, prefer, require, verify-ca or verify-full",
            );
        }
    };
    match roots {
        // These authorities issue a certificate to anyone, for a name of theirs, so the name must be checked.
        Roots::System if mode != TlsMode::VerifyFull => {
            invalid("sslrootcert=system needs sslmode=verify-full")
        }
        Roots::None if mode >= TlsMode::VerifyCa => invalid_hint(
            "sslmode=verify-ca and verify-full need a root certificate",
            "put the certificate of the authority that signed the server's into ~/.postgresql/root.crt, name its file in \
             sslrootcert, or trust the authorities of this system with sslrootcert=system",
        ),
        _ => Ok(mode),
    }
}

fn versions(parameters: &Parameters) -> Result<(TlsVersion, TlsVersion), ConfigError> {
    let version = |name: &str, default: TlsVersion| match parameters.get(name) {
        None => Ok(default),
        Some("TLSv1" | "TLSv1.1") if name.starts_with("ssl_max") => invalid(format!(
            "{name} is below TLS 1.2, the oldest supported version"
        )),
        // A lower minimum is met by 1.2 as well.
        Some("TLSv1" | "TLSv1.1" | "TLSv1.2") => Ok(TlsVersion::V1_2),
        Some("TLSv1.3") => Ok(TlsVersion::V1_3),
        Some(_) => invalid(format!("{name} must be TLSv1.2 or TLSv1.3")),
    };
    let min = version("ssl_min_protocol_version", TlsVersion::V1_2)?;
    let max = version("ssl_max_protocol_version", TlsVersion::V1_3)?;
    if min > max {
        return invalid("ssl_min_protocol_version is above ssl_max_protocol_version");
    }
    Ok((min, max))
}

fn client_files(
    parameters: &Parameters,
    default_file: impl Fn(&str) -> Option<PathBuf>,
) -> Result<Option<ClientFiles>, ConfigError> {
    match parameters.get("sslcertmode") {
        Some("disable") => return Ok(None),
        None | Some("allow") => {}
        Some("require") => {
            return invalid_hint(
                "sslcertmode=require is not supported",
                "require the client certificate in pg_hba.conf of the server (clientcert)",
            );
        }
        Some(_) => return invalid("sslcertmode must be disable or allow"),
    }
    let path = |name: &str| parameters.get(name).map(PathBuf::from);
    let Some(certificate) = path("sslcert").or_else(|| default_file("postgresql.crt")) else {
        return Ok(None);
    };
    match path("sslkey").or_else(|| default_file("postgresql.key")) {
        Some(key) => Ok(Some(ClientFiles { certificate, key })),
        None => invalid_hint(
            format!(
                "the client certificate {} has no key",
                certificate.display()
            ),
            "name the key in sslkey, or put it into ~/.postgresql/postgresql.key",
        ),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::address;

    fn settings(address: &str, files: &[&str]) -> Result<TlsSettings, String> {
        let parameters = address::parse(address).unwrap();
        let default_file = |name: &str| {
            files
                .contains(&name)
                .then(|| PathBuf::from(format!("/home/u/.postgresql/{name}")))
        };
        TlsSettings::parse(&parameters, default_file).map_err(|error| error.to_string())
    }

    #[test]
    fn by_default_tls_is_preferred_and_nothing_verified() {
        let settings = settings("", &[]).unwrap();
        assert_eq!(settings.mode, TlsMode::Prefer);
        assert_eq!(settings.roots, Roots::None);
        assert_eq!(settings.client, None);
        assert!(settings.sends_name);
    }

    #[test]
    fn files_in_the_home_folder_are_used_if_they_exist() {
        let all = ["root.crt", "root.crl", "postgresql.crt", "postgresql.key"];
        let found = settings("sslmode=verify-full", &all).unwrap();
        let home = |name: &str| PathBuf::from(format!("/home/u/.postgresql/{name}"));
        assert_eq!(found.roots, Roots::File(home("root.crt")));
        assert_eq!(found.revocation_files, [home("root.crl")]);
        let pair = Some(ClientFiles {
            certificate: home("postgresql.crt"),
            key: home("postgresql.key"),
        });
        assert_eq!(found.client, pair);
        let given = settings(
            "sslrootcert=/r sslcrl=/l sslcert=/c sslkey=/k sslsni=0 ssl_min_protocol_version=TLSv1.3",
            &all,
        )
        .unwrap();
        assert_eq!(given.roots, Roots::File("/r".into()));
        assert_eq!(given.revocation_files, [PathBuf::from("/l")]);
        assert_eq!(
            given.client,
            Some(ClientFiles {
                certificate: "/c".into(),
                key: "/k".into()
            })
        );
        assert!(!given.sends_name);
        assert_eq!(given.min_version, TlsVersion::V1_3);
        assert_eq!(settings("sslcertmode=disable", &all).unwrap().client, None);
        assert_eq!(
            settings("sslcrldir=/d", &all).unwrap().revocation_files,
            [] as [PathBuf; 0]
        );
        assert_eq!(
            settings("sslrootcert=system", &[]).unwrap().mode,
            TlsMode::VerifyFull
        );
    }

    #[rstest]
    #[case("sslmode=verify-ca", "into ~/.postgresql/root.crt")]
    #[case("sslmode=verify-full", "sslrootcert=system")]
    #[case(
        "sslrootcert=system sslmode=require",
        "sslrootcert=system needs sslmode=verify-full"
    )]
    #[case("sslnegotiation=direct", "sslnegotiation=direct needs TLS")]
    #[case("sslsni=maybe", "sslsni must be 0 or 1")]
    #[case("sslcert=/c", "/c has no key")]
    #[case("sslcertmode=require", "sslcertmode=require is not supported")]
    #[case("ssl_min_protocol_version=SSLv3", "must be TLSv1.2 or TLSv1.3")]
    #[case("ssl_max_protocol_version=TLSv1.1", "below TLS 1.2")]
    #[case(
        "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
        "is above"
    )]
    fn impossible_settings_are_errors(#[case] address: &str, #[case] message: &str) {
        let error = settings(address, &[]).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}
