//! What an address comes to: hosts in their order, who connects, and how the connection must be.
//!
//! What the address says wins over its service, that over the environment, that over libpq's defaults.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::config::ChannelBinding;

use super::address;
use super::authentication::Methods;
use super::environment::{Environment, read_passfile, read_service};
use super::keyword::{AddressError, Words, wrong};
use super::passfile::{self, Wanted};
use super::tls::TlsChoices;

/// Where a connection is to be had.
#[derive(Debug, Clone)]
pub struct Target {
    pub hosts: Vec<Host>,
    pub order: HostOrder,
    pub user: String,
    /// The server takes the user's name where there is none.
    pub database: Option<String>,
    pub options: Option<String>,
    /// For each address of a host; none waits as long as the system does.
    pub connect_timeout: Option<Duration>,
    pub session: SessionKind,
    pub channel_binding: ChannelBinding,
    pub methods: Methods,
    /// The system user that a server behind a socket must run as.
    pub peer: Option<String>,
    pub tcp: Tcp,
    pub tls: TlsChoices,
    /// All that was said, as other programs of libpq are told it.
    pub words: Words,
    /// What whoever configured this should know, a sentence each.
    pub warnings: Vec<String>,
}

/// One host of the list.
#[derive(Debug, Clone)]
pub struct Host {
    pub place: Place,
    pub port: u16,
    pub password: Option<SecretString>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The folder of a local socket.
    Socket(PathBuf),
    /// A host by its name, the only one that a certificate is held against, and its address where that is given too.
    Tcp {
        name: String,
        address: Option<IpAddr>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostOrder {
    AsGiven,
    Random,
}

/// Which server a connection is wanted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    Any,
    /// Not a standby, and transactions may write.
    ReadWrite,
    /// Not a standby.
    Primary,
}

/// How long a host may take to let us in where the address does not say; zero there is for ever.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Settings of the TCP connection; what is absent is as [`super::connect`] has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tcp {
    pub no_keepalives: bool,
    pub keepalives_idle: Option<Duration>,
    pub keepalives_interval: Option<Duration>,
    pub keepalives_count: Option<u32>,
    pub user_timeout: Option<Duration>,
}

impl Target {
    /// Reads an address, and the service and password files that it or the environment leads to.
    pub fn read(address: &str, environment: &Environment) -> Result<Target, AddressError> {
        let mut words = address::parse(address)?;
        let mut warnings = Vec::new();
        let from_environment = Words::of_environment(|name| environment.variable(name))?;
        let service = words.get("service").or(from_environment.get("service"));
        if let Some(service) = service.map(str::to_owned) {
            let file = words.get("servicefile").map(PathBuf::from);
            words.fill_from(read_service(&service, file, environment, &mut warnings)?);
        }
        words.fill_from(from_environment);

        let user = match words.get("user").or(environment.user.as_deref()) {
            Some(user) => user.to_owned(),
            None => return wrong("no user is given; write it into the address (user)"),
        };
        let database = words.get("dbname").map(str::to_owned);
        let mut hosts = hosts(&words)?;
        fill_passwords(&mut hosts, &words, &user, environment, &mut warnings)?;
        Ok(Target {
            session: session_kind(&words, hosts.len())?,
            hosts,
            order: match words.get("load_balance_hosts") {
                None | Some("disable") => HostOrder::AsGiven,
                Some("random") => HostOrder::Random,
                Some(_) => return wrong("load_balance_hosts must be disable or random"),
            },
            user,
            database,
            options: words.get("options").map(str::to_owned),
            connect_timeout: match words.get("connect_timeout") {
                None => Some(CONNECT_TIMEOUT),
                Some(_) => seconds(&words, "connect_timeout")?,
            },
            channel_binding: match words.get("channel_binding") {
                None | Some("prefer") => ChannelBinding::Prefer,
                Some("disable") => ChannelBinding::Disable,
                Some("require") => ChannelBinding::Require,
                Some(_) => return wrong("channel_binding must be disable, prefer or require"),
            },
            methods: Methods::parse(words.get("require_auth").unwrap_or_default())?,
            peer: words.get("requirepeer").map(str::to_owned),
            tcp: tcp(&words)?,
            tls: TlsChoices::read(&words, |name| environment.default_file(name))?,
            words,
            warnings,
        })
    }

    /// Whether any host is reached over TCP.
    pub fn is_remote(&self) -> bool {
        let is_tcp = |host: &Host| matches!(host.place, Place::Tcp { .. });
        self.hosts.iter().any(is_tcp)
    }
}

/// A word as a list with commas; empty where there is no such word.
fn list<'a>(words: &'a Words, name: &str) -> Vec<&'a str> {
    words
        .get(name)
        .map_or_else(Vec::new, |value| value.split(',').map(str::trim).collect())
}

fn hosts(words: &Words) -> Result<Vec<Host>, AddressError> {
    let (names, addresses, ports) = (
        list(words, "host"),
        list(words, "hostaddr"),
        list(words, "port"),
    );
    let count = names.len().max(addresses.len()).max(1);
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return wrong(format!(
            "there are {} hosts and {} addresses (hostaddr); give as many of each",
            names.len(),
            addresses.len()
        ));
    }
    if ports.len() > 1 && ports.len() != count {
        return wrong(format!(
            "there are {count} hosts and {} ports; give one port, or one for each host",
            ports.len()
        ));
    }
    let given = |list: &[&str], i: usize| {
        list.get(i)
            .filter(|one| !one.is_empty())
            .map(ToString::to_string)
    };
    (0..count)
        .map(|i| {
            let port = given(&ports, if ports.len() > 1 { i } else { 0 });
            Ok(Host {
                place: place(given(&names, i), given(&addresses, i))?,
                port: match port.map(|port| port.parse::<u16>()) {
                    None => 5432,
                    Some(Ok(port)) if port > 0 => port,
                    Some(_) => return wrong("a port is not a number from 1 to 65535"),
                },
                password: None,
            })
        })
        .collect()
}

fn place(name: Option<String>, address: Option<String>) -> Result<Place, AddressError> {
    let address = match address.map(|address| address.parse::<IpAddr>()) {
        None => None,
        Some(Ok(address)) => Some(address),
        Some(Err(_)) => return wrong("hostaddr is not an IP address; names belong into host"),
    };
    Ok(match (name, address) {
        (Some(name), None) if name.starts_with('/') => Place::Socket(name.into()),
        (Some(name), _) if name.contains('@') => {
            return wrong("a host holds an @; in a user or password of a URL write it as %40");
        }
        (Some(name), address) => Place::Tcp { name, address },
        (None, Some(address)) => Place::Tcp {
            name: address.to_string(),
            address: Some(address),
        },
        (None, None) => Place::Socket(default_socket_folder().into()),
    })
}

/// Where libpq looks when no host is named, as this system's packages build it.
fn default_socket_folder() -> &'static str {
    let debian = "/var/run/postgresql";
    if Path::new(debian).is_dir() {
        debian
    } else {
        "/tmp"
    }
}

/// The password of the address for all hosts, or that of the password file for each.
fn fill_passwords(
    hosts: &mut [Host],
    words: &Words,
    user: &str,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Result<(), AddressError> {
    if let Some(password) = words.get("password") {
        for host in hosts {
            host.password = Some(SecretString::from(password));
        }
        return Ok(());
    }
    let named = words.get("passfile").map(PathBuf::from);
    let Some(path) = named.or_else(|| environment.of_home(".pgpass")) else {
        return Ok(());
    };
    let Some(text) = read_passfile(&path, warnings)? else {
        return Ok(());
    };
    for host in hosts {
        let name = match &host.place {
            Place::Tcp { name, .. } => name.as_str(),
            Place::Socket(folder) => match folder.to_str() {
                Some(folder) if folder != default_socket_folder() => folder,
                _ => "localhost",
            },
        };
        let wanted = Wanted {
            host: name,
            port: host.port,
            database: words.get("dbname").unwrap_or(user),
            user,
        };
        host.password = passfile::password(text.expose_secret(), wanted);
    }
    Ok(())
}

/// Lethe needs a primary, so among several hosts it looks for one where nothing else is said.
fn session_kind(words: &Words, hosts: usize) -> Result<SessionKind, AddressError> {
    match words.get("target_session_attrs") {
        None if hosts > 1 => Ok(SessionKind::ReadWrite),
        None | Some("any") => Ok(SessionKind::Any),
        Some("read-write") => Ok(SessionKind::ReadWrite),
        Some("primary") => Ok(SessionKind::Primary),
        Some("read-only" | "standby" | "prefer-standby") => wrong(
            "target_session_attrs asks for a standby; lethe must write, so let it be read-write or primary",
        ),
        Some(_) => wrong("target_session_attrs must be any, read-write or primary"),
    }
}

fn tcp(words: &Words) -> Result<Tcp, AddressError> {
    let count = number(words, "keepalives_count")?.filter(|&n| n > 0);
    let milliseconds = number(words, "tcp_user_timeout")?.filter(|&n| n > 0);
    Ok(Tcp {
        no_keepalives: number(words, "keepalives")? == Some(0),
        keepalives_idle: seconds(words, "keepalives_idle")?,
        keepalives_interval: seconds(words, "keepalives_interval")?,
        keepalives_count: count.map(|n| n as u32),
        user_timeout: milliseconds.map(|n| Duration::from_millis(n as u64)),
    })
}

/// Seconds; zero and less mean none.
fn seconds(words: &Words, name: &str) -> Result<Option<Duration>, AddressError> {
    let number = number(words, name)?.filter(|&n| n > 0);
    Ok(number.map(|n| Duration::from_secs(n as u64)))
}

fn number(words: &Words, name: &str) -> Result<Option<i32>, AddressError> {
    match words.get(name).map(|value| value.trim().parse()) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => wrong(format!("{name} is not a whole number")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use rstest::rstest;

    use super::*;
    use crate::postgres::environment::tests::environment;

    fn names(target: &Target) -> Vec<String> {
        let name = |host: &Host| match &host.place {
            Place::Socket(folder) => format!("{}:{}", folder.display(), host.port),
            Place::Tcp { name, address } => match address {
                Some(address) => format!("{name}={address}:{}", host.port),
                None => format!("{name}:{}", host.port),
            },
        };
        target.hosts.iter().map(name).collect()
    }

    fn passwords(target: &Target) -> Vec<&str> {
        let password = |host: &Host| {
            host.password
                .as_ref()
                .map_or("", |p| p.expose_secret())
                .to_owned()
        };
        let all: Vec<String> = target.hosts.iter().map(password).collect();
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
        let target = Target::read(address, &environment(&[], &[]).1).unwrap();
        assert_eq!(names(&target).join(","), expected);
        assert_eq!(target.user, "osuser");
    }

    #[test]
    fn the_address_wins_over_the_service_and_that_over_the_environment() {
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
        let target = Target::read("user=of-address", &environment).unwrap();
        assert_eq!(target.user, "of-address");
        assert_eq!(target.database.as_deref(), Some("of-service"));
        assert_eq!(names(&target), ["of-environment:1"]);
        assert_eq!(target.options.as_deref(), Some("-c work_mem=1MB"));
        assert_eq!(passwords(&target), ["s3cret"]);
        assert!(!format!("{target:?}").contains("s3cret"), "{target:?}");
        assert!(target.warnings.is_empty(), "{:?}", target.warnings);
    }

    #[test]
    fn service_files_are_looked_for_as_libpq_does() {
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
            Target::read(address, environment).map(|target| names(&target).join(","))
        };
        assert_eq!(host("service=own", &environment).unwrap(), "own:5432");
        assert_eq!(host("service=system", &environment).unwrap(), "system:5432");
        let error = host("service=nowhere", &environment).unwrap_err();
        assert!(error.to_string().contains("in no service file"), "{error}");
        let named = environment.of_home("named").unwrap().display().to_string();
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
    fn a_service_file_with_a_password_that_others_can_read_is_told_of() {
        let (home, environment) = environment(
            &[(".pg_service.conf", "[s]\npassword=s3cret\n[t]\nuser=u\n")],
            &[],
        );
        let file = home.path().join(".pg_service.conf");
        assert!(
            Target::read("service=s", &environment)
                .unwrap()
                .warnings
                .is_empty()
        );
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let warnings = Target::read("service=s", &environment).unwrap().warnings;
        assert!(warnings[0].contains("chmod 600"), "{warnings:?}");
        assert!(!warnings[0].contains("s3cret"), "{warnings:?}");
        assert!(
            Target::read("service=t", &environment)
                .unwrap()
                .warnings
                .is_empty()
        );
    }

    #[test]
    fn each_host_has_its_password_of_the_password_file() {
        let file = "h:5432:d:u:of-h\nlocalhost:5432:d:u:of-socket\n/run/s:5432:d:u:of-folder\n192.0.2.1:*:*:*:of-address\n";
        let (home, environment) = environment(&[(".pgpass", file)], &[]);
        let of = |address: &str| {
            let target = Target::read(address, &environment).unwrap();
            (passwords(&target).join(","), target.warnings)
        };
        let hosts = "host=h,,/run/s,other user=u dbname=d";
        assert_eq!(of(hosts).0, "of-h,of-socket,of-folder,");
        assert_eq!(of(&format!("{hosts} password=p")).0, "p,p,p,p");
        assert_eq!(of("hostaddr=192.0.2.1").0, "of-address");
        assert_eq!(of("host=x hostaddr=192.0.2.1").0, "", "the name counts");
        assert_eq!(
            of("host=h user=d").0,
            "",
            "the database is named like the user"
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
        assert!(of("host=h passfile=/tmp").1[0].contains("not a plain file"));
    }

    #[rstest]
    #[case("host=h port=s3cret", "a port is not a number")]
    #[case("host=h port=0", "a port is not a number")]
    #[case("host=a,b,c port=1,2", "there are 3 hosts and 2 ports")]
    #[case("host=a hostaddr=192.0.2.1,192.0.2.2", "1 hosts and 2 addresses")]
    #[case("hostaddr=s3cret", "hostaddr is not an IP address")]
    #[case("host=s3cret@h", "write it as %40")]
    #[case("connect_timeout=s3cret", "connect_timeout is not a whole number")]
    #[case("target_session_attrs=standby", "lethe must write")]
    #[case("target_session_attrs=s3cret", "target_session_attrs must be")]
    #[case("channel_binding=s3cret", "channel_binding must be")]
    #[case("load_balance_hosts=s3cret", "load_balance_hosts must be")]
    #[case("require_auth=s3cret", "require_auth")]
    #[case("sslmode=s3cret", "sslmode must be")]
    fn mistakes_are_told_without_their_value(#[case] address: &str, #[case] message: &str) {
        let error = Target::read(address, &environment(&[], &[]).1)
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }

    #[test]
    fn among_several_hosts_the_primary_is_looked_for() {
        let kind = |address: &str| {
            Target::read(address, &environment(&[], &[]).1)
                .unwrap()
                .session
        };
        assert_eq!(kind("host=a"), SessionKind::Any);
        assert_eq!(kind("host=a,b"), SessionKind::ReadWrite);
        assert_eq!(kind("host=a,b target_session_attrs=any"), SessionKind::Any);
        assert_eq!(
            kind("host=a target_session_attrs=read-write"),
            SessionKind::ReadWrite
        );
        assert_eq!(
            kind("host=a,b target_session_attrs=primary"),
            SessionKind::Primary
        );
    }

    #[test]
    fn a_private_cluster_does_not_see_the_environment() {
        let target = Target::read("host=/run/s user=u", &Environment::none()).unwrap();
        assert_eq!(names(&target), ["/run/s:5432"]);
        assert!(Target::read("host=/run/s", &Environment::none()).is_err());
    }
}
