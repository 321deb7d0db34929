//! What the `ssl…` key words ask for; no file is read yet.

use std::path::PathBuf;

use crate::postgres::keyword::{AddressError, Words, wrong};

/// `sslmode`, from no TLS to all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsMode {
    Disable,
    /// Without TLS, and with it where the server refuses that.
    Allow,
    /// With TLS where the server has it, without where that fails.
    Prefer,
    /// With TLS; the certificate is verified only where there are roots to hold it against.
    Require,
    VerifyCa,
    VerifyFull,
}

/// How TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Negotiation {
    /// The server is asked in PostgreSQL's own protocol first.
    Postgres,
    /// At once (PostgreSQL 17).
    Direct,
}

/// What the key words ask for; files are not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsChoices {
    pub mode: TlsMode,
    pub negotiation: Negotiation,
    pub(super) roots: Roots,
    /// Certificate and key of the client.
    pub(super) certificate: Option<(PathBuf, PathBuf)>,
    pub(super) revoked: Vec<PathBuf>,
    pub(super) revoked_folder: Option<PathBuf>,
    pub(super) names_server: bool,
    pub(super) least: TlsVersion,
    pub(super) most: TlsVersion,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    None,
    /// Those that this system trusts.
    System,
    File(PathBuf),
}

/// rustls has no others; older ones are raised to 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TlsVersion {
    V1_2,
    V1_3,
}

impl TlsChoices {
    /// `default_file` knows what lies in the user's `~/.postgresql`.
    pub fn read(
        words: &Words,
        default_file: impl Fn(&str) -> Option<PathBuf>,
    ) -> Result<TlsChoices, AddressError> {
        let roots = match words.get("sslrootcert") {
            Some("system") => Roots::System,
            Some(path) => Roots::File(path.into()),
            None => default_file("root.crt").map_or(Roots::None, Roots::File),
        };
        let mode = mode(words, &roots)?;
        let negotiation = match words.get("sslnegotiation") {
            None | Some("postgres") => Negotiation::Postgres,
            Some("direct") if mode >= TlsMode::Require => Negotiation::Direct,
            Some("direct") => {
                return wrong(
                    "sslnegotiation=direct needs sslmode=require, verify-ca or verify-full",
                );
            }
            Some(_) => return wrong("sslnegotiation must be postgres or direct"),
        };
        let given = |name: &str| words.get(name).map(PathBuf::from);
        let revoked = given("sslcrl").or_else(|| match words.get("sslcrldir") {
            Some(_) => None,
            None => default_file("root.crl"),
        });
        let (least, most) = versions(words)?;
        Ok(TlsChoices {
            mode,
            negotiation,
            roots,
            certificate: client_certificate(words, default_file)?,
            revoked: revoked.into_iter().collect(),
            revoked_folder: given("sslcrldir"),
            names_server: match words.get("sslsni") {
                None | Some("1") => true,
                Some("0") => false,
                Some(_) => return wrong("sslsni must be 0 or 1"),
            },
            least,
            most,
        })
    }
}

fn mode(words: &Words, roots: &Roots) -> Result<TlsMode, AddressError> {
    let mode = match words.get("sslmode") {
        None if *roots == Roots::System => TlsMode::VerifyFull,
        None => TlsMode::Prefer,
        Some("disable") => TlsMode::Disable,
        Some("allow") => TlsMode::Allow,
        Some("prefer") => TlsMode::Prefer,
        Some("require") => TlsMode::Require,
        Some("verify-ca") => TlsMode::VerifyCa,
        Some("verify-full") => TlsMode::VerifyFull,
        Some(_) => {
            return wrong(
                "sslmode must be disable, allow, prefer, require, verify-ca or verify-full",
            );
        }
    };
    match roots {
        // Anybody can have a certificate of one of these, for a name of their own.
        Roots::System if mode != TlsMode::VerifyFull => {
            wrong("sslrootcert=system needs sslmode=verify-full")
        }
        Roots::None if mode >= TlsMode::VerifyCa => wrong(
            "sslmode=verify-ca and verify-full need the certificate of the authority that signed the server's; put it into \
             ~/.postgresql/root.crt, name its file in sslrootcert, or take this system's authorities with sslrootcert=system",
        ),
        _ => Ok(mode),
    }
}

fn versions(words: &Words) -> Result<(TlsVersion, TlsVersion), AddressError> {
    let version = |name: &str, none: TlsVersion| match words.get(name) {
        None => Ok(none),
        Some("TLSv1" | "TLSv1.1") if name.starts_with("ssl_max") => wrong(format!(
            "{name} is below TLS 1.2, which is the oldest that lethe speaks"
        )),
        Some("TLSv1" | "TLSv1.1" | "TLSv1.2") => Ok(TlsVersion::V1_2),
        Some("TLSv1.3") => Ok(TlsVersion::V1_3),
        Some(_) => wrong(format!("{name} must be TLSv1.2 or TLSv1.3")),
    };
    let least = version("ssl_min_protocol_version", TlsVersion::V1_2)?;
    let most = version("ssl_max_protocol_version", TlsVersion::V1_3)?;
    if least > most {
        return wrong("ssl_min_protocol_version is above ssl_max_protocol_version");
    }
    Ok((least, most))
}

fn client_certificate(
    words: &Words,
    default_file: impl Fn(&str) -> Option<PathBuf>,
) -> Result<Option<(PathBuf, PathBuf)>, AddressError> {
    match words.get("sslcertmode") {
        Some("disable") => return Ok(None),
        None | Some("allow") => {}
        Some("require") => {
            return wrong(
                "sslcertmode=require cannot be kept; let pg_hba.conf of the server ask for the certificate (clientcert)",
            );
        }
        Some(_) => return wrong("sslcertmode must be disable or allow"),
    }
    let given = |name: &str| words.get(name).map(PathBuf::from);
    let Some(certificate) = given("sslcert").or_else(|| default_file("postgresql.crt")) else {
        return Ok(None);
    };
    match given("sslkey").or_else(|| default_file("postgresql.key")) {
        Some(key) => Ok(Some((certificate, key))),
        None => wrong(format!(
            "the client certificate {} has no key; name it in sslkey, or put it into ~/.postgresql/postgresql.key",
            certificate.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::postgres::address;

    fn choices(address: &str, files: &[&str]) -> Result<TlsChoices, String> {
        let words = address::parse(address).unwrap();
        let default_file = |name: &str| {
            files
                .contains(&name)
                .then(|| PathBuf::from(format!("/home/u/.postgresql/{name}")))
        };
        TlsChoices::read(&words, default_file).map_err(|error| error.to_string())
    }

    #[test]
    fn without_words_tls_is_preferred_and_nothing_verified() {
        let choices = choices("", &[]).unwrap();
        assert_eq!(choices.mode, TlsMode::Prefer);
        assert_eq!(choices.roots, Roots::None);
        assert_eq!(choices.certificate, None);
        assert!(choices.names_server);
    }

    #[test]
    fn the_files_of_the_home_are_used_where_they_are() {
        let all = ["root.crt", "root.crl", "postgresql.crt", "postgresql.key"];
        let found = choices("sslmode=verify-full", &all).unwrap();
        let home = |name: &str| PathBuf::from(format!("/home/u/.postgresql/{name}"));
        assert_eq!(found.roots, Roots::File(home("root.crt")));
        assert_eq!(found.revoked, [home("root.crl")]);
        let pair = Some((home("postgresql.crt"), home("postgresql.key")));
        assert_eq!(found.certificate, pair);
        let given = choices(
            "sslrootcert=/r sslcrl=/l sslcert=/c sslkey=/k sslsni=0 ssl_min_protocol_version=TLSv1.3",
            &all,
        )
        .unwrap();
        assert_eq!(given.roots, Roots::File("/r".into()));
        assert_eq!(given.revoked, [PathBuf::from("/l")]);
        assert_eq!(given.certificate, Some(("/c".into(), "/k".into())));
        assert!(!given.names_server);
        assert_eq!(given.least, TlsVersion::V1_3);
        assert_eq!(
            choices("sslcertmode=disable", &all).unwrap().certificate,
            None
        );
        assert_eq!(
            choices("sslcrldir=/d", &all).unwrap().revoked,
            [] as [PathBuf; 0]
        );
        assert_eq!(
            choices("sslrootcert=system", &[]).unwrap().mode,
            TlsMode::VerifyFull
        );
    }

    #[rstest]
    #[case("sslmode=verify-ca", "put it into ~/.postgresql/root.crt")]
    #[case("sslmode=verify-full", "sslrootcert=system")]
    #[case(
        "sslrootcert=system sslmode=require",
        "sslrootcert=system needs sslmode=verify-full"
    )]
    #[case("sslnegotiation=direct", "sslnegotiation=direct needs sslmode=require")]
    #[case("sslsni=maybe", "sslsni must be 0 or 1")]
    #[case("sslcert=/c", "/c has no key")]
    #[case("sslcertmode=require", "sslcertmode=require cannot be kept")]
    #[case("ssl_min_protocol_version=SSLv3", "must be TLSv1.2 or TLSv1.3")]
    #[case("ssl_max_protocol_version=TLSv1.1", "below TLS 1.2")]
    #[case(
        "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
        "is above"
    )]
    fn what_cannot_be_is_refused(#[case] address: &str, #[case] message: &str) {
        let error = choices(address, &[]).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}
