//! Connections to a real server, on its Unix socket.
//!
//! This binary is also the keeper process of the private cluster that the tests use.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pg_connect::{
    Backend, Config, ConnectErrorKind, Connected, Connector, Environment, SessionAttrs,
};
use private_postgres::{Application, Cluster, ClusterError, KEEPER_ARGUMENT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

fn main() {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments
        .peek()
        .is_some_and(|first| first == KEEPER_ARGUMENT)
    {
        std::process::exit(private_postgres::keeper_main(arguments.skip(1)));
    }
    if arguments.any(|argument| argument == "--list") {
        return;
    }
    let keeper = std::env::current_exe().expect("the test binary has a path");
    let cluster = match Cluster::throwaway(&Application::named("app"), &keeper, &[]) {
        Ok(cluster) => cluster,
        Err(ClusterError::NoBinaries { .. }) => {
            println!("skipped: no PostgreSQL server programs");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        settings_reach_the_server(&cluster).await;
        the_next_socket_is_tried(&cluster).await;
        a_refused_login_ends_the_search(&cluster).await;
        a_read_only_server_is_unsuitable(&cluster).await;
        a_watch_tells_silence_from_work(&cluster).await;
        a_watch_closes_a_connection_that_gets_no_answer(&cluster).await;
    });
    println!("6 tests passed");
}

fn config(address: &str) -> Config {
    Config::parse(address, &Environment::empty()).unwrap()
}

async fn connect(config: Config) -> Connected {
    Connector::new(config).unwrap().connect().await.unwrap()
}

async fn settings_reach_the_server(cluster: &Cluster) {
    let mut config = config(&cluster.connection_string("postgres"));
    config.set_application_name("reports");
    config.add_setting("work_mem", "7MB");
    let Connected {
        client, connection, ..
    } = connect(config).await;
    tokio::spawn(connection);
    let row = client
        .query_one(
            "SELECT current_setting('application_name'), current_setting('work_mem')",
            &[],
        )
        .await
        .unwrap();
    let shown: (String, String) = (row.get(0), row.get(1));
    assert_eq!(shown, ("reports".to_owned(), "7MB".to_owned()));
}

async fn the_next_socket_is_tried(cluster: &Cluster) {
    let nowhere = "host=/nowhere";
    let address = cluster.connection_string("postgres");
    let both = address.replace("host=", &format!("{nowhere},"));
    connect(config(&both)).await;
    let error = Connector::new(config(&format!("{nowhere} user=u")))
        .unwrap()
        .connect()
        .await
        .err()
        .unwrap();
    assert!(matches!(error.kind(), ConnectErrorKind::Unreachable));
    assert!(!error.is_configuration(), "it may come back");
    assert!(
        error
            .to_string()
            .contains("detail: socket /nowhere port 5432"),
        "{error}"
    );
}

async fn a_refused_login_ends_the_search(cluster: &Cluster) {
    let address = cluster
        .connection_string("no_such_database")
        .replace(" port", ",/nowhere port");
    let error = Connector::new(config(&address))
        .unwrap()
        .connect()
        .await
        .err()
        .unwrap();
    assert!(error.is_configuration());
    assert!(error.detail().contains("SQLSTATE 3D000"), "{error}");
    assert!(!error.detail().contains("/nowhere"), "{error}");
}

async fn a_read_only_server_is_unsuitable(cluster: &Cluster) {
    let mut config = config(&cluster.connection_string("postgres"));
    config.add_setting("default_transaction_read_only", "on");
    connect(config.clone()).await;
    config.set_session_attrs(SessionAttrs::ReadWrite);
    let error = Connector::new(config)
        .unwrap()
        .connect()
        .await
        .err()
        .unwrap();
    assert!(matches!(error.kind(), ConnectErrorKind::Unsuitable));
}

async fn a_watch_tells_silence_from_work(cluster: &Cluster) {
    let address = cluster.connection_string("postgres") + " keepalives_idle=1";
    let connector = Connector::new(config(&address)).unwrap();
    let Connected {
        client,
        connection,
        liveness,
    } = connector.connect().await.unwrap();
    let driver = tokio::spawn(connection);
    liveness.set_backend(Backend::of(&client).await.unwrap());
    // The server is at work for longer than a connection may be silent.
    let running = liveness.statement();
    let sleep = client.batch_execute("SELECT pg_sleep(2.5)");
    tokio::select! {
        slept = sleep => slept.unwrap(),
        () = connector.watch(&liveness) => panic!("the connection was given up"),
    }
    drop(running);
    // A statement that the server knows nothing of gets no answer.
    let _running = liveness.statement();
    tokio::time::timeout(Duration::from_secs(20), connector.watch(&liveness))
        .await
        .expect("the silence is noticed");
    driver.abort();
}

async fn a_watch_closes_a_connection_that_gets_no_answer(cluster: &Cluster) {
    let address = cluster.connection_string("postgres");
    let (folder, rest) = address
        .strip_prefix("host=")
        .unwrap()
        .split_once(' ')
        .unwrap();
    let server = Path::new(folder).join(".s.PGSQL.5432");
    let proxy = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(proxy.path().join(".s.PGSQL.5432")).unwrap();
    let (closed, mut closings) = mpsc::unbounded_channel();
    tokio::spawn(swallow_questions(listener, server, closed));

    let host = proxy.path().display();
    let settings = "keepalives_idle=1 keepalives_count=1 connect_timeout=1";
    let connector = Connector::new(config(&format!("host={host} {rest} {settings}"))).unwrap();
    let Connected {
        client,
        connection,
        liveness,
    } = connector.connect().await.unwrap();
    let driver = tokio::spawn(connection);
    liveness.set_backend(Backend::of(&client).await.unwrap());
    let _running = liveness.statement();
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, connector.watch(&liveness))
        .await
        .expect("the silence is noticed");
    tokio::time::timeout(limit, closings.recv())
        .await
        .expect("the connection that asked is closed");
    driver.abort();
}

/// Forwards connections to a server until they ask whether another session is active: that gets no answer. Reports when such
/// a connection is closed.
async fn swallow_questions(
    listener: UnixListener,
    server: PathBuf,
    closed: mpsc::UnboundedSender<()>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let server = UnixStream::connect(&server).await.unwrap();
        tokio::spawn(forward(client, server, closed.clone()));
    }
}

async fn forward(client: UnixStream, server: UnixStream, closed: mpsc::UnboundedSender<()>) {
    let question = b"is_active";
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut bytes = [0; 8192];
    let mut is_silent = false;
    while let Ok(read @ 1..) = from_client.read(&mut bytes).await {
        let sent = &bytes[..read];
        is_silent |= sent.windows(question.len()).any(|part| part == question);
        if !is_silent && to_server.write_all(sent).await.is_err() {
            return;
        }
    }
    if is_silent {
        // The test may have ended.
        let _ = closed.send(());
    }
}
