//! The configuration of a connection: hosts in order, the user, and what the connection must be like.
//!
//! The address overrides its service, which overrides the environment, which overrides libpq's defaults.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::config::ChannelBinding;

use super::address;
use super::authentication::AllowedMethods;
use super::environment::{Environment, read_passfile, read_service};
use super::error::{ConfigError, invalid, invalid_hint};
use super::parameters::Parameters;
use super::passfile::{self, Login};
use super::tls::{TlsMode, TlsSettings};

/// How to connect: parsed from an address and its environment. `Debug` hides passwords.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) hosts: Vec<Host>,
    pub(crate) order: HostOrder,
    pub(crate) user: String,
    /// The server uses the user's name where there is none.
    pub(crate) database: Option<String>,
    pub(crate) application_name: Option<String>,
    /// Command-line options of the server process; may be empty.
    pub(crate) options: String,
    /// Limit for each address of a host; `None` waits as long as the operating system does.
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) session_attrs: Option<SessionAttrs>,
    pub(crate) channel_binding: ChannelBinding,
    pub(crate) methods: AllowedMethods,
    /// The operating-system user that a server on a socket must run as.
    pub(crate) peer: Option<String>,
    pub(crate) tcp: TcpSettings,
    pub(crate) tls: TlsSettings,
    parameters: Parameters,
    warnings: Vec<String>,
}

/// One host of the list.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    pub(crate) location: Location,
    pub(crate) port: u16,
    pub(crate) password: Option<SecretString>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// The folder of a Unix socket.
    Socket(PathBuf),
    /// A host name, which a certificate is checked for, and its address where `hostaddr` gives it.
    Tcp {
        name: String,
        address: Option<IpAddr>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostOrder {
    AsGiven,
    Random,
}

/// `target_session_attrs`: what a server must be. Connections to a standby only are not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionAttrs {
    Any,
    /// Not a standby, and transactions may write by default.
    ReadWrite,
    /// Not a standby.
    Primary,
}

/// The default limit for each address; libpq has none, and so waits for ever for a host that drops packets.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Settings of the TCP connection. The defaults are stricter than the operating system's, so that nothing waits for ever
/// for a server or a network that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TcpSettings {
    pub(crate) keepalives: Keepalives,
    /// How long a connection may be idle before it is probed.
    pub(crate) idle: Duration,
    /// The time between two probes.
    pub(crate) interval: Duration,
    /// After so many failed probes the connection is given up.
    pub(crate) count: u32,
    /// How long sent bytes may stay unacknowledged.
    pub(crate) user_timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keepalives {
    On,
    Off,
}

impl Config {
    /// Parses an address (a URL or `key=value` pairs), and reads the service and password files that it or the
    /// environment refers to. Files with certificates are read by [`Connector::new`](crate::Connector::new).
    ///
    /// # Errors
    ///
    /// A parameter is unknown, not supported or malformed, no user is known, or a service file cannot be used.
    pub fn parse(address: &str, environment: &Environment) -> Result<Config, ConfigError> {
        let mut parameters = address::parse(address)?;
        let mut warnings = Vec::new();
        let from_environment = Parameters::from_environment(|name| environment.variable(name))?;
        let service = parameters
            .get("service")
            .or(from_environment.get("service"));
        if let Some(service) = service.map(str::to_owned) {
            let file = parameters.get("servicefile").map(PathBuf::from);
            let from_service = read_service(&service, file, environment, &mut warnings)?;
            parameters.fill_from(from_service);
        }
        parameters.fill_from(from_environment);

        let user = match parameters.get("user").or(environment.user.as_deref()) {
            Some(user) => user.to_owned(),
            None => return invalid_hint("no user is given", "add user to the address"),
        };
        let mut hosts = hosts(&parameters)?;
        fill_passwords(&mut hosts, &parameters, &user, environment, &mut warnings);
        let text = |name: &str| parameters.get(name).map(str::to_owned);
        Ok(Config {
            hosts,
            order: match parameters.get("load_balance_hosts") {
                None | Some("disable") => HostOrder::AsGiven,
                Some("random") => HostOrder::Random,
                Some(_) => return invalid("load_balance_hosts must be disable or random"),
            },
            user,
            database: text("dbname"),
            application_name: text("application_name")
                .or_else(|| text("fallback_application_name")),
            options: text("options").unwrap_or_default(),
            connect_timeout: match parameters.get("connect_timeout") {
                None => Some(CONNECT_TIMEOUT),
                Some(_) => seconds(&parameters, "connect_timeout")?,
            },
            session_attrs: session_attrs(&parameters)?,
            channel_binding: match parameters.get("channel_binding") {
                None | Some("prefer") => ChannelBinding::Prefer,
                Some("disable") => ChannelBinding::Disable,
                Some("require") => ChannelBinding::Require,
                Some(_) => return invalid("channel_binding must be disable, prefer or require"),
            },
            methods: AllowedMethods::parse(parameters.get("require_auth").unwrap_or_default())?,
            peer: text("requirepeer"),
            tcp: tcp_settings(&parameters)?,
            tls: TlsSettings::parse(&parameters, |name| environment.default_file(name))?,
            parameters,
            warnings,
        })
    }

    /// What the administrator should know although the address can be used: files that were ignored, passwords that
    /// others can read.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether the address lists more than one host.
    pub fn has_several_hosts(&self) -> bool {
        self.hosts.len() > 1
    }

    /// `target_session_attrs`; `None` where it is not given, which accepts any server.
    pub fn session_attrs(&self) -> Option<SessionAttrs> {
        self.session_attrs
    }

    /// Sets `target_session_attrs`.
    pub fn set_session_attrs(&mut self, attrs: SessionAttrs) {
        self.session_attrs = Some(attrs);
    }

    /// Sets the name shown in `pg_stat_activity`, whatever the address says.
    pub fn set_application_name(&mut self, name: &str) {
        self.application_name = Some(name.to_owned());
    }

    /// Adds a server setting to those in `options`; neither name nor value may contain white space or a backslash.
    pub fn add_setting(&mut self, name: &str, value: &str) {
        let separator = if self.options.is_empty() { "" } else { " " };
        self.options += &format!("{separator}-c {name}={value}");
    }

    /// The environment variables that make another program of libpq connect the same way. They include the password, and libpq
    /// 16 and later is told not to send it in clear text to a server that it does not verify.
    pub fn environment_variables(&self) -> Vec<(&'static str, SecretString)> {
        let given = self.parameters.variables();
        let mut variables: Vec<_> = given.map(|(name, value)| (name, value.into())).collect();
        let is_verified = self.tls.mode >= TlsMode::Require && self.tls.verifies_server();
        if self.has_tcp_host() && !is_verified && self.parameters.get("require_auth").is_none() {
            variables.push(("PGREQUIREAUTH", "!password".into()));
        }
        variables
    }

    /// Whether any host may be asked for TLS.
    pub(crate) fn may_use_tls(&self) -> bool {
        self.has_tcp_host() && self.tls.mode != TlsMode::Disable
    }

    fn has_tcp_host(&self) -> bool {
        let is_tcp = |host: &Host| matches!(host.location, Location::Tcp { .. });
        self.hosts.iter().any(is_tcp)
    }
}

/// A parameter as a comma-separated list; empty where it is not set.
fn list<'a>(parameters: &'a Parameters, name: &str) -> Vec<&'a str> {
    parameters
        .get(name)
        .map_or_else(Vec::new, |value| value.split(',').map(str::trim).collect())
}

fn hosts(parameters: &Parameters) -> Result<Vec<Host>, ConfigError> {
    let (names, addresses, ports) = (
        list(parameters, "host"),
        list(parameters, "hostaddr"),
        list(parameters, "port"),
    );
    let count = names.len().max(addresses.len()).max(1);
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(ConfigError::new("host and hostaddr differ in length")
            .with_detail(format!(
                "{} hosts, {} addresses",
                names.len(),
                addresses.len()
            ))
            .with_hint("give as many addresses as hosts"));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(ConfigError::new("host and port differ in length")
            .with_detail(format!("{count} hosts, {} ports", ports.len()))
            .with_hint("give one port, or one for each host"));
    }
    let nth = |list: &[&str], i: usize| {
        list.get(i)
            .filter(|one| !one.is_empty())
            .map(ToString::to_string)
    };
    (0..count)
        .map(|i| {
            let port = nth(&ports, if ports.len() > 1 { i } else { 0 });
            Ok(Host {
                location: location(nth(&names, i), nth(&addresses, i))?,
                port: match port.map(|port| port.parse::<u16>()) {
                    None => 5432,
                    Some(Ok(port)) if port > 0 => port,
                    Some(_) => return invalid("a port is not a number from 1 to 65535"),
                },
                password: None,
            })
        })
        .collect()
}

fn location(name: Option<String>, address: Option<String>) -> Result<Location, ConfigError> {
    let address = match address.map(|address| address.parse::<IpAddr>()) {
        None => None,
        Some(Ok(address)) => Some(address),
        Some(Err(_)) => {
            return invalid_hint("hostaddr is not an IP address", "put host names into host");
        }
    };
    Ok(match (name, address) {
        (Some(name), None) if name.starts_with('/') => Location::Socket(name.into()),
        (Some(name), _) if name.contains('@') => {
            return invalid_hint(
                "a host name contains an @",
                "write an @ in a user name or password of a URL as %40",
            );
        }
        (Some(name), address) => Location::Tcp { name, address },
        (None, Some(address)) => Location::Tcp {
            name: address.to_string(),
            address: Some(address),
        },
        (None, None) => Location::Socket(default_socket_folder().into()),
    })
}

/// The socket folder where no host is named, as the packages of this system are built.
fn default_socket_folder() -> &'static str {
    let debian = "/var/run/postgresql";
    if Path::new(debian).is_dir() {
        debian
    } else {
        "/tmp"
    }
}

/// Gives each host the password of the address, or its own from the password file.
fn fill_passwords(
    hosts: &mut [Host],
    parameters: &Parameters,
    user: &str,
    environment: &Environment,
    warnings: &mut Vec<String>,
) {
    if let Some(password) = parameters.get("password") {
        for host in hosts {
            host.password = Some(SecretString::from(password));
        }
        return;
    }
    let named = parameters.get("passfile").map(PathBuf::from);
    let Some(path) = named.or_else(|| environment.home_file(".pgpass")) else {
        return;
    };
    let Some(text) = read_passfile(&path, warnings) else {
        return;
    };
    for host in hosts {
        let name = match &host.location {
            Location::Tcp { name, .. } => name.as_str(),
            Location::Socket(folder) => match folder.to_str() {
                Some(folder) if folder != default_socket_folder() => folder,
                _ => "localhost",
            },
        };
        let login = Login {
            host: name,
            port: host.port,
            database: parameters.get("dbname").unwrap_or(user),
            user,
        };
        host.password = passfile::password(text.expose_secret(), login);
    }
}

fn session_attrs(parameters: &Parameters) -> Result<Option<SessionAttrs>, ConfigError> {
    Ok(Some(match parameters.get("target_session_attrs") {
        None => return Ok(None),
        Some("any") => SessionAttrs::Any,
        Some("read-write") => SessionAttrs::ReadWrite,
        Some("primary") => SessionAttrs::Primary,
        Some(standby @ ("read-only" | "standby" | "prefer-standby")) => {
            return invalid_hint(
                format!("target_session_attrs={standby} is not supported"),
                "set it to read-write or primary",
            );
        }
        Some(_) => return invalid("target_session_attrs must be any, read-write or primary"),
    }))
}

fn tcp_settings(parameters: &Parameters) -> Result<TcpSettings, ConfigError> {
    let count = number(parameters, "keepalives_count")?.filter(|&n| n > 0);
    let milliseconds = number(parameters, "tcp_user_timeout")?.filter(|&n| n > 0);
    let idle = seconds(parameters, "keepalives_idle")?;
    let interval = seconds(parameters, "keepalives_interval")?;
    Ok(TcpSettings {
        keepalives: match number(parameters, "keepalives")? {
            Some(0) => Keepalives::Off,
            _ => Keepalives::On,
        },
        idle: idle.unwrap_or(Duration::from_secs(60)),
        interval: interval.unwrap_or(Duration::from_secs(10)),
        count: count.map_or(3, |n| n as u32),
        user_timeout: milliseconds
            .map_or(Duration::from_secs(90), |n| Duration::from_millis(n as u64)),
    })
}

/// A number of seconds; zero and less mean none.
fn seconds(parameters: &Parameters, name: &str) -> Result<Option<Duration>, ConfigError> {
    let number = number(parameters, name)?.filter(|&n| n > 0);
    Ok(number.map(|n| Duration::from_secs(n as u64)))
}

fn number(parameters: &Parameters, name: &str) -> Result<Option<i32>, ConfigError> {
    match parameters.get(name).map(|value| value.trim().parse()) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => invalid(format!("{name} is not a whole number")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use rstest::rstest;

    use super::*;
    use crate::environment::tests::environment;

    fn names(config: &Config) -> Vec<String> {
        let name = |host: &Host| match &host.location {
            Location::Socket(folder) => format!("{}:{}", folder.display(), host.port),
            Location::Tcp { name, address } => match address {
                Some(address) => format!("{name}={address}:{}", host.port),
                None => format!("{name}:{}", host.port),
            },
        };
        config.hosts.iter().map(name).collect()
    }

    fn passwords(config: &Config) -> Vec<&str> {
        let password = |host: &Host| {
            host.password
                .as_ref()
                .map_or("", |p| p.expose_secret())
                .to_owned()
        };
        let all: Vec<String> = config.hosts.iter().map(password).collect();
        all.into_iter().map(|p| &*p.leak()).collect()
    }

    #[rstest]
    #[case("", "{socket}:5432")]
    #[case("postgres://h", "h:5432")]
    #[case("postgres://h:1,,[::1]:2", "h:1,{socket}:5432,::1:2")]
    #[case("host=a,b port=7", "a:7,b:7")]
    #[case("host=a,b,/run/s port=7,,9", "a:7,b:5432,/run/s:9")]
    #[case("hostaddr=192.0.2.1", "192.0.2.1=192.0.2.1:5432")]
    #[case("host=a,b hostaddr=192.0.2.1,", "a=192.0.2.1:5432,b:5432")]
    fn hosts_are_listed(#[case] address: &str, #[case] expected: &str) {
        let expected = expected.replace("{socket}", default_socket_folder());
        let config = Config::parse(address, &environment(&[], &[]).1).unwrap();
        assert_eq!(names(&config).join(","), expected);
        assert_eq!(config.user, "osuser");
    }

    #[test]
    fn the_address_overrides_the_service_which_overrides_the_environment() {
        let service = "[contact]\nuser=of-service\ndbname=of-service\nport=1\n";
        let (_home, environment) = environment(
            &[(".pg_service.conf", service)],
            &[
                ("PGSERVICE", "contact"),
                ("PGUSER", "of-environment"),
                ("PGDATABASE", "of-environment"),
                ("PGHOST", "of-environment"),
                ("PGOPTIONS", "-c work_mem=1MB"),
                ("PGPASSWORD", "s3cret"),
            ],
        );
        let config = Config::parse("user=of-address", &environment).unwrap();
        assert_eq!(config.user, "of-address");
        assert_eq!(config.database.as_deref(), Some("of-service"));
        assert_eq!(names(&config), ["of-environment:1"]);
        assert_eq!(config.options, "-c work_mem=1MB");
        assert_eq!(passwords(&config), ["s3cret"]);
        assert!(!format!("{config:?}").contains("s3cret"), "{config:?}");
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    }

    #[test]
    fn service_files_are_searched_as_in_libpq() {
        let own = "[own]\nhost=own\n";
        let system = "[own]\nhost=hidden\n[system]\nhost=system\n";
        let named = "[own]\nhost=named\n";
        let files = [
            (".pg_service.conf", own),
            ("etc/pg_service.conf", system),
            ("named", named),
        ];
        let (_home, mut environment) = environment(&files, &[("PGSYSCONFDIR", "{home}/etc")]);
        let host = |address: &str, environment: &Environment| {
            Config::parse(address, environment).map(|config| names(&config).join(","))
        };
        assert_eq!(host("service=own", &environment).unwrap(), "own:5432");
        assert_eq!(host("service=system", &environment).unwrap(), "system:5432");
        let error = host("service=nowhere", &environment).unwrap_err();
        assert!(
            error.to_string().contains("not in any service file"),
            "{error}"
        );
        let named = environment
            .home_file("named")
            .unwrap()
            .display()
            .to_string();
        assert_eq!(
            host(&format!("service=own servicefile={named}"), &environment).unwrap(),
            "named:5432"
        );
        environment.variables.insert("PGSERVICEFILE".into(), named);
        assert_eq!(host("service=own", &environment).unwrap(), "named:5432");
        environment
            .variables
            .insert("PGSERVICEFILE".into(), "/nowhere/at-all".into());
        let error = host("service=own", &environment).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("cannot read the service file /nowhere"),
            "{error}"
        );
    }

    #[test]
    fn an_exposed_service_file_with_a_password_gets_a_warning() {
        let (home, environment) = environment(
            &[(".pg_service.conf", "[s]\npassword=s3cret\n[t]\nuser=u\n")],
            &[],
        );
        let file = home.path().join(".pg_service.conf");
        assert!(
            Config::parse("service=s", &environment)
                .unwrap()
                .warnings
                .is_empty()
        );
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let warnings = Config::parse("service=s", &environment).unwrap().warnings;
        assert!(warnings[0].contains("chmod 600"), "{warnings:?}");
        assert!(!warnings[0].contains("s3cret"), "{warnings:?}");
        assert!(
            Config::parse("service=t", &environment)
                .unwrap()
                .warnings
                .is_empty()
        );
    }

    #[test]
    fn each_host_has_its_own_password_from_the_password_file() {
        let file = "h:5432:d:u:of-h\nlocalhost:5432:d:u:of-socket\n/run/s:5432:d:u:of-folder\n192.0.2.1:*:*:*:of-address\n";
        let (home, environment) = environment(&[(".pgpass", file)], &[]);
        let of = |address: &str| {
            let config = Config::parse(address, &environment).unwrap();
            (passwords(&config).join(","), config.warnings)
        };
        let hosts = "host=h,,/run/s,other user=u dbname=d";
        assert_eq!(of(hosts).0, "of-h,of-socket,of-folder,");
        assert_eq!(of(&format!("{hosts} password=p")).0, "p,p,p,p");
        assert_eq!(of("hostaddr=192.0.2.1").0, "of-address");
        assert_eq!(of("host=x hostaddr=192.0.2.1").0, "", "the name is matched");
        assert_eq!(
            of("host=h user=d").0,
            "",
            "the database defaults to the user name"
        );
        fs::set_permissions(
            home.path().join(".pgpass"),
            fs::Permissions::from_mode(0o644),
        )
        .unwrap();
        let (found, warnings) = of(hosts);
        assert_eq!(found, ",,,");
        assert!(warnings[0].contains("chmod 600"), "{warnings:?}");
        assert!(of("host=h passfile=/nowhere").1.is_empty());
        assert!(of("host=h passfile=/tmp").1[0].contains("not a regular file"));
    }

    #[rstest]
    #[case("host=h port=s3cret", "a port is not a number")]
    #[case("host=h port=0", "a port is not a number")]
    #[case("host=a,b,c port=1,2", "3 hosts, 2 ports")]
    #[case("host=a hostaddr=192.0.2.1,192.0.2.2", "1 hosts, 2 addresses")]
    #[case("hostaddr=s3cret", "hostaddr is not an IP address")]
    #[case("host=s3cret@h", "as %40")]
    #[case("connect_timeout=s3cret", "connect_timeout is not a whole number")]
    #[case(
        "target_session_attrs=standby",
        "target_session_attrs=standby is not supported"
    )]
    #[case("target_session_attrs=s3cret", "target_session_attrs must be")]
    #[case("channel_binding=s3cret", "channel_binding must be")]
    #[case("load_balance_hosts=s3cret", "load_balance_hosts must be")]
    #[case("require_auth=s3cret", "require_auth")]
    #[case("sslmode=s3cret", "sslmode must be")]
    fn errors_quote_no_value(#[case] address: &str, #[case] message: &str) {
        let error = Config::parse(address, &environment(&[], &[]).1)
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }

    #[rstest]
    #[case("host=a", None)]
    #[case("host=a target_session_attrs=any", Some(SessionAttrs::Any))]
    #[case(
        "host=a,b target_session_attrs=read-write",
        Some(SessionAttrs::ReadWrite)
    )]
    #[case("host=a,b target_session_attrs=primary", Some(SessionAttrs::Primary))]
    fn session_attributes_are_parsed(
        #[case] address: &str,
        #[case] expected: Option<SessionAttrs>,
    ) {
        let config = Config::parse(address, &environment(&[], &[]).1).unwrap();
        assert_eq!(config.session_attrs(), expected);
    }

    #[test]
    fn options_are_appended() {
        let (_home, environment) = environment(&[], &[("PGOPTIONS", "-c work_mem=1MB")]);
        let mut config = Config::parse("host=a", &environment).unwrap();
        config.add_setting("app.session", "direct");
        assert_eq!(config.options, "-c work_mem=1MB -c app.session=direct");
        let mut plain = Config::parse("host=a user=u", &Environment::empty()).unwrap();
        plain.add_setting("app.session", "direct");
        assert_eq!(plain.options, "-c app.session=direct");
    }

    #[test]
    fn an_empty_environment_adds_nothing() {
        let config = Config::parse("host=/run/s user=u", &Environment::empty()).unwrap();
        assert_eq!(names(&config), ["/run/s:5432"]);
        assert!(Config::parse("host=/run/s", &Environment::empty()).is_err());
    }
}
