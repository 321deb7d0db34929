//! From a target to a session: hosts in their order, TLS as asked for, and why there is none.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;
use nix::unistd::{Uid, User};
use rand::seq::SliceRandom as _;
use secrecy::ExposeSecret as _;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::{Config, SslMode, SslNegotiation};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::authentication::{AsItIs, Guarded, Refusal, Rules};
use super::error::{DatabaseError, client_reason};
use super::line::{Backend, Heard, Line, Lost};
use super::logging::suppress_logging;
use super::notices::Notices;
use super::sql::sql_file;
use super::target::{Host, HostOrder, Place, SessionKind, Target};
use super::tls::{Negotiation, Tls, TlsMode, tls_error};
use super::wire::Wire;

/// Makes sessions for the pool.
pub struct Maker(pub Arc<Connector>);

/// A client, and what is known of its connection.
pub struct Connected {
    pub client: ClientWrapper,
    pub line: Arc<Line>,
    pub notices: Notices,
}

/// How sessions are made.
pub struct Connector {
    pub target: Target,
    /// None where no host is asked for TLS.
    pub tls: Option<Tls>,
    pub application: String,
    /// Further command-line options of the server's process.
    pub options: String,
    pub lost: Lost,
}

/// What holds where an address says nothing, so that nothing waits for ever for a server or a network that is gone: how
/// long until a silent connection is looked after, then how often, and how often in vain; and how long sent bytes may go
/// unacknowledged.
const IDLE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_secs(10);
const COUNT: u32 = 3;
const USER_TIMEOUT: Duration = Duration::from_secs(90);

/// Why there is no session, host by host.
#[derive(Debug, Clone)]
pub struct Failure {
    kind: FailureKind,
    words: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum FailureKind {
    /// No server answered; another host may, or this one later.
    Unreachable,
    /// A standby, where a primary is wanted.
    Unsuitable,
    /// TLS could not begin as it must.
    Tls,
    /// The server's question was not answered.
    Authentication,
    Server(DatabaseError),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for DatabaseError {
    fn from(failure: Failure) -> DatabaseError {
        match failure.kind {
            FailureKind::Server(error) => error,
            _ => DatabaseError::client_side(&failure.words),
        }
    }
}

impl Failure {
    fn new(kind: FailureKind, words: impl Into<String>) -> Failure {
        let words = words.into();
        Failure { kind, words }
    }

    fn unreachable(words: impl fmt::Display) -> Failure {
        Failure::new(FailureKind::Unreachable, words.to_string())
    }

    /// Whether the configuration must change before trying again helps.
    pub fn is_configuration(&self) -> bool {
        match &self.kind {
            FailureKind::Unreachable => false,
            FailureKind::Unsuitable | FailureKind::Tls | FailureKind::Authentication => true,
            FailureKind::Server(error) => error.is_refused_login(),
        }
    }

    /// Whether the next host is tried: as libpq does, not after a server said no to who we are.
    fn leaves_others(&self) -> bool {
        match &self.kind {
            FailureKind::Unreachable | FailureKind::Unsuitable => true,
            FailureKind::Tls | FailureKind::Authentication => false,
            FailureKind::Server(_) => self.is_server_not_ready(),
        }
    }

    /// Whether a server is starting, stopping or recovering.
    fn is_server_not_ready(&self) -> bool {
        let not_ready = SqlState::CANNOT_CONNECT_NOW.code();
        matches!(&self.kind, FailureKind::Server(error) if error.sqlstate.as_deref() == Some(not_ready))
    }

    /// Whether the same server may take us the other way, with TLS or without.
    fn may_go_otherwise(&self) -> bool {
        match &self.kind {
            FailureKind::Tls => true,
            FailureKind::Server(_) => !self.is_server_not_ready(),
            _ => false,
        }
    }
}

/// One way to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    /// With TLS if the server has it.
    TlsIfOffered,
    Tls,
}

impl Way {
    fn words(self) -> &'static str {
        match self {
            Way::Plain => "without TLS",
            Way::TlsIfOffered | Way::Tls => "with TLS",
        }
    }
}

/// Where a host is found.
enum Spot<'a> {
    Socket(&'a Path),
    Tcp(&'a str, SocketAddr),
}

impl managed::Manager for Maker {
    type Type = Connected;
    type Error = Failure;

    async fn create(&self) -> Result<Connected, Failure> {
        let connected = self.0.connect().await?;
        let begun = async {
            let begun = suppress_logging(&connected.client).await;
            begun.map_err(|error| failure_of(&error, None))
        };
        let backend = self.0.in_time(begun).await?;
        connected.line.is_served_by(backend);
        Ok(connected)
    }

    async fn recycle(&self, connected: &mut Connected, _: &Metrics) -> RecycleResult<Failure> {
        if connected.client.is_closed() {
            Err(RecycleError::message("closed"))
        } else {
            Ok(())
        }
    }
}

impl Connector {
    /// The first host that takes us.
    async fn connect(self: &Arc<Self>) -> Result<Connected, Failure> {
        let mut hosts: Vec<&Host> = self.target.hosts.iter().collect();
        if self.target.order == HostOrder::Random {
            hosts.shuffle(&mut rand::rng());
        }
        let mut failures = Vec::new();
        for host in hosts {
            match self.connect_host(host).await {
                Ok(client) => return Ok(client),
                Err(failure) => {
                    let ends = !failure.leaves_others();
                    failures.push((host, failure));
                    if ends {
                        break;
                    }
                }
            }
        }
        Err(all_in_one(failures))
    }

    /// The first address of a host that takes us.
    async fn connect_host(self: &Arc<Self>, host: &Host) -> Result<Connected, Failure> {
        let spots = match &host.place {
            Place::Socket(folder) => vec![Spot::Socket(folder)],
            Place::Tcp { name, address } => {
                let found = match address {
                    Some(address) => vec![SocketAddr::new(*address, host.port)],
                    None => self.in_time(resolve(name, host.port)).await?,
                };
                let mut spots: Vec<Spot> =
                    found.into_iter().map(|at| Spot::Tcp(name, at)).collect();
                if self.target.order == HostOrder::Random {
                    spots.shuffle(&mut rand::rng());
                }
                spots
            }
        };
        let mut last = Failure::unreachable("its name has no address");
        for spot in &spots {
            match self.in_time(self.connect_spot(host, spot)).await {
                Ok(client) => return Ok(client),
                Err(failure) if failure.leaves_others() => last = failure,
                Err(failure) => return Err(failure),
            }
        }
        Err(last)
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let Some(limit) = self.target.connect_timeout else {
            return work.await;
        };
        tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
            let seconds = limit.as_secs();
            Err(Failure::unreachable(format!(
                "no answer within {seconds} s (connect_timeout)"
            )))
        })
    }

    /// Goes the first way that `sslmode` says, and where the server does not take us, the other.
    async fn connect_spot(
        self: &Arc<Self>,
        host: &Host,
        spot: &Spot<'_>,
    ) -> Result<Connected, Failure> {
        let ways: &[Way] = match (spot, self.target.tls.mode) {
            // libpq has no TLS on sockets either.
            (Spot::Socket(_), _) | (_, TlsMode::Disable) => &[Way::Plain],
            (_, TlsMode::Allow) => &[Way::Plain, Way::TlsIfOffered],
            (_, TlsMode::Prefer) => &[Way::TlsIfOffered, Way::Plain],
            (_, TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull) => &[Way::Tls],
        };
        let first = match self.connect_way(host, spot, ways[0]).await {
            Err(failure) if ways.len() > 1 && failure.may_go_otherwise() => failure,
            done => return done,
        };
        let second = match self.connect_way(host, spot, ways[1]).await {
            Err(failure) => failure,
            done => return done,
        };
        if second.words == first.words {
            return Err(second);
        }
        let words = format!(
            "{}: {first}; {}: {second}",
            ways[0].words(),
            ways[1].words()
        );
        Err(Failure::new(second.kind, words))
    }

    async fn connect_way(
        self: &Arc<Self>,
        host: &Host,
        spot: &Spot<'_>,
        way: Way,
    ) -> Result<Connected, Failure> {
        let wire = match spot {
            Spot::Socket(folder) => Wire::Socket(self.dial_socket(folder, host.port).await?),
            Spot::Tcp(name, at) => {
                let stream = self.dial(*at).await?;
                match (way, &self.tls) {
                    (Way::Plain, _) | (_, None) => Wire::Tcp(stream),
                    (_, Some(tls)) => self.begin_tls(stream, name, way, tls).await?,
                }
            }
        };
        self.log_in(host, wire).await
    }

    async fn dial(&self, at: SocketAddr) -> Result<TcpStream, Failure> {
        let stream = TcpStream::connect(at).await.map_err(Failure::unreachable)?;
        self.set_tcp(&stream).map_err(Failure::unreachable)?;
        Ok(stream)
    }

    fn set_tcp(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let tcp = &self.target.tcp;
        let socket = SockRef::from(stream);
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(tcp.user_timeout.unwrap_or(USER_TIMEOUT)))?;
        if tcp.no_keepalives {
            return Ok(());
        }
        let keepalive = TcpKeepalive::new()
            .with_time(tcp.keepalives_idle.unwrap_or(IDLE))
            .with_interval(tcp.keepalives_interval.unwrap_or(INTERVAL))
            .with_retries(tcp.keepalives_count.unwrap_or(COUNT));
        socket.set_keepalive(true)?;
        socket.set_tcp_keepalive(&keepalive)
    }

    async fn dial_socket(&self, folder: &Path, port: u16) -> Result<UnixStream, Failure> {
        let path = folder.join(format!(".s.PGSQL.{port}"));
        let stream = UnixStream::connect(path)
            .await
            .map_err(Failure::unreachable)?;
        if let Some(wanted) = &self.target.peer {
            let peer = stream.peer_cred().map_err(Failure::unreachable)?;
            let user = User::from_uid(Uid::from_raw(peer.uid())).ok().flatten();
            if user.is_none_or(|user| user.name != *wanted) {
                let words = "the server does not run as the user that requirepeer names";
                return Err(Failure::new(FailureKind::Authentication, words));
            }
        }
        Ok(stream)
    }

    async fn begin_tls(
        &self,
        mut stream: TcpStream,
        name: &str,
        way: Way,
        tls: &Tls,
    ) -> Result<Wire, Failure> {
        if self.target.tls.negotiation == Negotiation::Postgres {
            /// Length, and the number that asks for TLS.
            const REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
            stream
                .write_all(&REQUEST)
                .await
                .map_err(Failure::unreachable)?;
            let answer = stream.read_u8().await.map_err(Failure::unreachable)?;
            match (answer, way) {
                (b'S', _) => {}
                (b'N', Way::TlsIfOffered) => return Ok(Wire::Tcp(stream)),
                (b'N', _) => {
                    let words = "the server has no TLS (ssl = off), and sslmode demands it";
                    return Err(Failure::new(FailureKind::Tls, words));
                }
                _ => {
                    let words = "what answers there is not a PostgreSQL server that is ready";
                    return Err(Failure::unreachable(words));
                }
            }
        }
        let stream = tls
            .begin(stream, name)
            .await
            .map_err(|words| Failure::new(FailureKind::Tls, words))?;
        Ok(Wire::Tls(Box::new(stream)))
    }

    async fn log_in(self: &Arc<Self>, host: &Host, wire: Wire) -> Result<Connected, Failure> {
        let target = &self.target;
        let mut config = Config::new();
        config
            .user(&target.user)
            .application_name(&self.application)
            .channel_binding(target.channel_binding)
            .options(&self.options)
            // The wire is what it is; so the driver takes it.
            .ssl_mode(SslMode::Require)
            .ssl_negotiation(SslNegotiation::Direct);
        if let Some(database) = &target.database {
            config.dbname(database);
        }
        if let Some(password) = &host.password {
            config.password(password.expose_secret());
        }
        let rules = Rules {
            methods: target.methods.clone(),
            channel_binding: target.channel_binding,
            has_password: host.password.is_some(),
        };
        let line = Line::new();
        let wire = Guarded::new(
            Heard {
                stream: wire,
                line: line.clone(),
            },
            rules,
        );
        let (client, connection) = config
            .connect_raw(wire, AsItIs)
            .await
            .map_err(|error| failure_of(&error, self.tls.as_ref()))?;
        let is_on = |name: &str| connection.parameter(name) == Some("on");
        let standby = is_on("in_hot_standby");
        let read_only = standby || is_on("default_transaction_read_only");
        let unsuitable = match target.session {
            SessionKind::Any => false,
            SessionKind::Primary => standby,
            SessionKind::ReadWrite => read_only,
        };
        if unsuitable {
            let words = match standby {
                true => "the server is a standby (in recovery), and lethe must write",
                false => "transactions are read-only by default there, and lethe must write",
            };
            return Err(Failure::new(FailureKind::Unsuitable, words));
        }
        let (connector, watched) = (self.clone(), line.clone());
        let notices = Notices::default();
        let heard = notices.clone();
        let task = tokio::spawn(async move {
            let mut connection = connection;
            let lost = tokio::select! {
                ended = heard.serve(&mut connection) => ended.is_err(),
                () = connector.silence(&watched) => true,
            };
            if lost {
                connector.lost.add(watched.backend());
            }
            // Whoever uses the client sees the end of the connection.
        });
        let client = ClientWrapper::new(client, task);
        Ok(Connected {
            client,
            line,
            notices,
        })
    }

    /// Ends when a statement has had no answer for a while and another connection shows that none will come: the
    /// server is not at it, or cannot be reached. A network that swallows everything ends no connection by itself.
    async fn silence(self: &Arc<Self>, line: &Line) {
        let tcp = &self.target.tcp;
        if tcp.no_keepalives {
            return std::future::pending().await;
        }
        let idle = tcp.keepalives_idle.unwrap_or(IDLE);
        let interval = tcp.keepalives_interval.unwrap_or(INTERVAL).min(idle);
        let count = tcp.keepalives_count.unwrap_or(COUNT);
        let mut in_vain = 0;
        loop {
            let waits = line.waits().unwrap_or_default();
            let (Some(backend), true) = (line.backend(), waits >= idle) else {
                in_vain = 0;
                // Not longer than the time for which it can be silent from now on.
                tokio::time::sleep((idle - waits.min(idle)).max(Duration::from_millis(10))).await;
                continue;
            };
            match self.clone().ask_about(backend).await {
                Ok(Some(true)) => line.excuse(),
                // An answer may have come just now.
                Ok(_) if line.waits().is_some_and(|waits| waits >= idle) => {
                    tracing::warn!(
                        "the connection is silent, and the server does not wait for it; giving it up"
                    );
                    return;
                }
                Ok(_) => {}
                // A server is there that does not take us, for want of room maybe.
                Err(failure) if !failure.leaves_others() => line.excuse(),
                Err(failure) => {
                    in_vain += 1;
                    tracing::warn!(%failure, in_vain, "the connection is silent, and there is no other");
                    if in_vain >= count {
                        return;
                    }
                    tokio::time::sleep(interval).await;
                }
            }
        }
    }

    /// Asks on a connection of its own whether a server process is at work; `None`: it is gone.
    fn ask_about(self: Arc<Self>, backend: Backend) -> Asked {
        Box::pin(async move {
            let connected = self.connect().await?;
            let asked = async {
                let values: [(&(dyn ToSql + Sync), Type); 2] =
                    [(&backend.process, Type::INT4), (&backend.began, Type::INT8)];
                let statement = sql_file!("session/at_work.sql").text;
                let rows = connected.client.query_typed(statement, &values).await;
                rows.map_err(|error| failure_of(&error, None))
            };
            let rows = self.in_time(asked).await?;
            Ok(rows
                .first()
                .map(|row| row.get::<_, Option<bool>>(0).unwrap_or(true)))
        })
    }
}

/// A connection is asked for by the task of another, so its future has a name.
type Asked = Pin<Box<dyn Future<Output = Result<Option<bool>, Failure>> + Send>>;

async fn resolve(name: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    match tokio::net::lookup_host((name, port)).await {
        Ok(found) => Ok(found.collect()),
        Err(error) => Err(Failure::unreachable(format!(
            "its name cannot be resolved: {error}"
        ))),
    }
}

/// What an error of the driver was about.
fn failure_of(error: &tokio_postgres::Error, tls: Option<&Tls>) -> Failure {
    if error.as_db_error().is_some() {
        let error = DatabaseError::from(error);
        let words = error.to_string();
        return Failure::new(FailureKind::Server(error), words);
    }
    if let Some(refusal) = refusal(error) {
        return Failure::new(FailureKind::Authentication, refusal.to_string());
    }
    if let (Some(error), Some(tls)) = (tls_error(error), tls) {
        return Failure::new(FailureKind::Tls, tls.words_for(error));
    }
    let is_io = std::error::Error::source(error).is_some_and(|source| source.is::<io::Error>());
    let kind = match is_io || error.is_closed() {
        true => FailureKind::Unreachable,
        false => FailureKind::Authentication,
    };
    Failure::new(kind, client_reason(error))
}

fn refusal(error: &tokio_postgres::Error) -> Option<&Refusal> {
    let source = std::error::Error::source(error)?.downcast_ref::<io::Error>()?;
    source.get_ref()?.downcast_ref()
}

/// One failure for all hosts: the words of each; nobody need change a configuration while a host may still come back.
fn all_in_one(mut failures: Vec<(&Host, Failure)>) -> Failure {
    let words: Vec<String> = failures
        .iter()
        .map(|(host, failure)| format!("{}: {failure}", shown(host)))
        .collect();
    let waits = failures
        .iter()
        .position(|(_, failure)| !failure.is_configuration());
    let last = failures
        .last()
        .is_some_and(|(_, failure)| !failure.leaves_others());
    let telling = match waits {
        Some(waits) if !last => waits,
        _ => failures.len().saturating_sub(1),
    };
    match failures.is_empty() {
        true => Failure::unreachable("there is no host"),
        false => Failure::new(failures.swap_remove(telling).1.kind, words.join("; ")),
    }
}

fn shown(host: &Host) -> String {
    match &host.place {
        Place::Socket(folder) => format!("socket {} port {}", folder.display(), host.port),
        Place::Tcp { name, .. } => format!("host {name} port {}", host.port),
    }
}
