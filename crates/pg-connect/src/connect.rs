//! Finds a server: hosts in order, with TLS and without as `sslmode` says.

use std::net::SocketAddr;

use rand::seq::SliceRandom as _;

use super::config::{Config, Host, HostOrder, Location};
use super::connected::Connected;
use super::dial::{Encryption, Endpoint, open_stream};
use super::error::{ConfigError, ConnectError};
use super::login::log_in;
use super::tls::{TlsConnector, TlsMode};

/// Makes connections of one [`Config`].
#[derive(Clone)]
pub struct Connector {
    config: Config,
    /// `None` where no host is asked for TLS.
    tls: Option<TlsConnector>,
}

impl Connector {
    /// Reads the certificates and keys that the configuration names.
    ///
    /// # Errors
    ///
    /// A file cannot be read or used, or others can read the client's key.
    pub fn new(config: Config) -> Result<Connector, ConfigError> {
        // The system's root certificates are many files; they are not read for a local socket.
        let tls = config
            .may_use_tls()
            .then(|| TlsConnector::new(&config.tls))
            .transpose()?;
        Ok(Connector { config, tls })
    }

    /// What this connector connects to.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Connects to the first host that accepts.
    ///
    /// As in libpq, the next host is tried unless a server refused the login, or TLS failed.
    ///
    /// # Errors
    ///
    /// No host accepts; the error says why, host by host.
    pub async fn connect(&self) -> Result<Connected, ConnectError> {
        let mut hosts: Vec<&Host> = self.config.hosts.iter().collect();
        if self.config.order == HostOrder::Random {
            hosts.shuffle(&mut rand::rng());
        }
        let mut errors = Vec::new();
        for host in hosts {
            match self.connect_host(host).await {
                Ok(connected) => return Ok(connected),
                Err(error) => {
                    let is_last = !error.allows_next_host();
                    errors.push((host, error));
                    if is_last {
                        break;
                    }
                }
            }
        }
        Err(combine(errors))
    }

    /// Limits work on a connection to `connect_timeout`, as the steps of [`Connector::connect`] are limited.
    ///
    /// # Errors
    ///
    /// The work's own, or that it took too long.
    pub async fn within_timeout<T>(
        &self,
        work: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        let Some(limit) = self.config.connect_timeout else {
            return work.await;
        };
        tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
            let seconds = limit.as_secs();
            Err(ConnectError::unreachable(format!(
                "no answer within {seconds} s (connect_timeout)"
            )))
        })
    }

    /// Connects to the first address of a host that accepts.
    async fn connect_host(&self, host: &Host) -> Result<Connected, ConnectError> {
        let endpoints = match &host.location {
            Location::Socket(folder) => vec![Endpoint::Socket(folder)],
            Location::Tcp { name, address } => {
                let mut addresses = match address {
                    Some(address) => vec![SocketAddr::new(*address, host.port)],
                    None => self.within_timeout(resolve(name, host.port)).await?,
                };
                if self.config.order == HostOrder::Random {
                    addresses.shuffle(&mut rand::rng());
                }
                let endpoint = |address| Endpoint::Tcp { name, address };
                addresses.into_iter().map(endpoint).collect()
            }
        };
        let mut last = ConnectError::unreachable("the host name has no address");
        for endpoint in &endpoints {
            let attempt = self.connect_endpoint(host, endpoint);
            match self.within_timeout(attempt).await {
                Ok(connected) => return Ok(connected),
                Err(error) if error.allows_next_host() => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Connects with the encryption that `sslmode` prefers, and otherwise with the other that it allows.
    async fn connect_endpoint(
        &self,
        host: &Host,
        endpoint: &Endpoint<'_>,
    ) -> Result<Connected, ConnectError> {
        let (first, second) = match (endpoint, self.config.tls.mode) {
            // libpq does not use TLS on sockets either.
            (Endpoint::Socket(_), _) | (_, TlsMode::Disable) => (Encryption::None, None),
            (_, TlsMode::Allow) => (Encryption::None, Some(Encryption::TlsIfOffered)),
            (_, TlsMode::Prefer) => (Encryption::TlsIfOffered, Some(Encryption::None)),
            (_, TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull) => {
                (Encryption::Tls, None)
            }
        };
        let error = match self.connect_encrypted(host, endpoint, first).await {
            Err(error) => error,
            connected => return connected,
        };
        let Some(second) = second.filter(|_| error.allows_other_encryption()) else {
            return Err(error);
        };
        let other = match self.connect_encrypted(host, endpoint, second).await {
            Err(other) => other,
            connected => return connected,
        };
        if other.detail() == error.detail() {
            return Err(other);
        }
        let detail = format!("{first}: {}; {second}: {}", error.detail(), other.detail());
        Err(other.with_detail(detail))
    }

    async fn connect_encrypted(
        &self,
        host: &Host,
        endpoint: &Endpoint<'_>,
        encryption: Encryption,
    ) -> Result<Connected, ConnectError> {
        let tls = self.tls.as_ref();
        let stream = open_stream(&self.config, host.port, endpoint, encryption, tls).await?;
        log_in(&self.config, host, stream, tls).await
    }
}

async fn resolve(name: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
    match tokio::net::lookup_host((name, port)).await {
        Ok(found) => Ok(found.collect()),
        Err(error) => Err(ConnectError::unreachable(format!(
            "cannot resolve the host name: {error}"
        ))),
    }
}

/// One error for all hosts. While any host may still become available, the kind of error is that host's.
fn combine(mut errors: Vec<(&Host, ConnectError)>) -> ConnectError {
    let details: Vec<String> = errors
        .iter()
        .map(|(host, error)| format!("{}: {}", describe(host), error.detail()))
        .collect();
    let retryable = errors
        .iter()
        .position(|(_, error)| !error.is_configuration());
    let was_refused = errors
        .last()
        .is_some_and(|(_, error)| !error.allows_next_host());
    let decisive = match retryable {
        Some(retryable) if !was_refused => retryable,
        _ => errors.len().saturating_sub(1),
    };
    match errors.is_empty() {
        true => ConnectError::unreachable("no host is given"),
        false => errors
            .swap_remove(decisive)
            .1
            .with_detail(details.join("; ")),
    }
}

fn describe(host: &Host) -> String {
    match &host.location {
        Location::Socket(folder) => format!("socket {} port {}", folder.display(), host.port),
        Location::Tcp { name, .. } => format!("host {name} port {}", host.port),
    }
}
