//! An S3 server (moto, from scripts/prepare), and a proxy in front of it that injects faults.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// It ends when its standard input closes, and so with the test process.
const SERVER: &str = "
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print('%s:%s' % server.get_host_and_port(), flush=True)
sys.stdin.read()
";

/// The same, also over TLS, with a certificate authority of its own.
const TLS_SERVER: &str = "
import datetime, ipaddress, sys, tempfile, threading
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto.server import DomainDispatcherApplication, ThreadedMotoServer, create_backend_app
from werkzeug.serving import make_server

now = datetime.datetime.now(datetime.timezone.utc)

def certificate(name, key, issuer, signer, *extensions):
    name_of = lambda n: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)])
    builder = x509.CertificateBuilder().subject_name(name_of(name)).issuer_name(name_of(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    for extension in extensions:
        builder = builder.add_extension(extension, True)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address('127.0.0.1'))])
with open(sys.argv[1], 'wb') as file:
    file.write(certificate('authority', authority, 'authority', authority, x509.BasicConstraints(True, 0)))
with tempfile.NamedTemporaryFile() as file:
    file.write(certificate('store', own, 'authority', authority, address))
    file.write(own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    file.flush()
    app = DomainDispatcherApplication(create_backend_app)
    tls = make_server('127.0.0.1', 0, app, True, ssl_context=(file.name, file.name))
threading.Thread(target=tls.serve_forever, daemon=True).start()
plain = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
plain.start()
print('%s:%s %s' % (*plain.get_host_and_port(), tls.server_port), flush=True)
sys.stdin.read()
";

/// An empty store.
pub struct Store {
    pub address: String,
    /// Its TLS address, if it has one.
    pub tls_address: String,
    server: Child,
}

impl Store {
    pub fn new() -> Store {
        Store::start(None, None)
    }

    /// A store with TLS; writes the certificate of its authority to a file.
    pub fn with_tls(authority: &Path) -> Store {
        Store::start(None, Some(authority))
    }

    /// A store that rejects all credentials after this many requests.
    pub fn that_denies_after(requests: u32) -> Store {
        Store::start(Some(requests), None)
    }

    #[track_caller]
    fn start(open_requests: Option<u32>, authority: Option<&Path>) -> Store {
        let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../moto-5.2.5/bin/python");
        let mut command = Command::new(&python);
        if let Some(requests) = open_requests {
            command.env("INITIAL_NO_AUTH_ACTION_COUNT", requests.to_string());
        }
        match authority {
            None => command.args(["-c", SERVER]),
            Some(file) => command.args(["-c", TLS_SERVER]).arg(file),
        };
        let mut server = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "no stand-in for S3 at {}: {error}; scripts/test gets it",
                    python.display()
                )
            });
        let mut line = String::new();
        let output = server.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let mut words = line.split_whitespace();
        let address = words.next().expect("moto starts").to_owned();
        let tls_address = format!("127.0.0.1:{}", words.next().unwrap_or_default());
        Store {
            address,
            tls_address,
            server,
        }
    }

    /// Sends a request as the store's administrator; returns the body.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let (status, body) = exchange(&self.address, method, path, headers, body);
        assert!(status < 300, "{method} {path}: {status}\n{body}");
        body
    }

    #[track_caller]
    pub fn bucket(&self, name: &str) {
        self.ask("PUT", &format!("/{name}"), &[], "");
    }

    /// A bucket with versioning and object locks.
    #[track_caller]
    pub fn versioned_bucket(&self, name: &str) {
        let lock = [("x-amz-bucket-object-lock-enabled", "true")];
        self.ask("PUT", &format!("/{name}"), &lock, "");
    }

    /// Puts an object; `key` as a URL has it.
    #[track_caller]
    pub fn put(&self, bucket: &str, key: &str) {
        self.ask("PUT", &format!("/{bucket}/{key}"), &[], "sound");
    }

    /// Every version and delete marker of a bucket, by its key, sorted.
    #[track_caller]
    pub fn versions(&self, bucket: &str) -> Vec<String> {
        let listing = self.ask("GET", &format!("/{bucket}?versions"), &[], "");
        let mut keys: Vec<String> = listing
            .split("<Key>")
            .skip(1)
            .map(|rest| rest.split("</Key>").next().unwrap().to_owned())
            .collect();
        keys.sort();
        keys
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}

fn exchange(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    // The store requires a signature but does not verify it.
    let headers = format!(
        "authorization: AWS4-HMAC-SHA256 Credential=x/20180315/us-east-1/s3/aws4_request\r\n{headers}"
    );
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// What the proxy does with a request instead of passing it on.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    Answer(u16),
    /// The connection is closed without an answer.
    Cut,
    /// The connection stays open without an answer.
    Hang,
}

/// A proxy between Lethe and a store.
#[derive(Clone)]
pub struct Proxy {
    pub address: String,
    state: Arc<Mutex<State>>,
}

struct State {
    faults: VecDeque<Fault>,
    /// The fault once the others are used up.
    otherwise: Option<Fault>,
    seen: Vec<String>,
    /// Connections that hang.
    held: Vec<TcpStream>,
}

impl Proxy {
    /// Fails the first requests like this, then forwards.
    pub fn before(store: &Store, faults: &[Fault]) -> Proxy {
        Proxy::start(store, faults, None)
    }

    /// Fails like this until it is repaired.
    pub fn that_always(store: &Store, fault: Fault) -> Proxy {
        Proxy::start(store, &[], Some(fault))
    }

    fn start(store: &Store, faults: &[Fault], otherwise: Option<Fault>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy {
            address: listener.local_addr().unwrap().to_string(),
            state: Arc::new(Mutex::new(State {
                faults: faults.iter().copied().collect(),
                otherwise,
                seen: Vec::new(),
                held: Vec::new(),
            })),
        };
        let (store, state) = (store.address.clone(), proxy.state.clone());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, store, state) = (client.unwrap(), store.clone(), state.clone());
                // A client may disconnect at any time.
                std::thread::spawn(move || serve(client, &store, &state));
            }
        });
        proxy
    }

    /// Forwards all requests from now on.
    pub fn mend(&self) {
        let mut state = self.state.lock().unwrap();
        state.faults.clear();
        state.otherwise = None;
        state.held.clear();
    }

    /// Method and target of every request so far.
    pub fn seen(&self) -> Vec<String> {
        self.state.lock().unwrap().seen.clone()
    }
}

fn serve(client: TcpStream, store: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            head.push_str("connection: close\r\n\r\n");
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let fault = {
        let mut state = state.lock().unwrap();
        let line = head.lines().next().unwrap();
        state
            .seen
            .push(line.trim_end_matches(" HTTP/1.1").to_owned());
        let fault = state.faults.pop_front().or(state.otherwise);
        if let Some(Fault::Hang) = fault {
            state.held.push(client.try_clone()?);
        }
        fault
    };
    let mut client = client;
    match fault {
        Some(Fault::Answer(status)) => client.write_all(
            format!("HTTP/1.1 {status} No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                .as_bytes(),
        ),
        Some(Fault::Cut | Fault::Hang) => Ok(()),
        None => {
            let mut upstream = TcpStream::connect(store)?;
            upstream.write_all(head.as_bytes())?;
            upstream.write_all(&body)?;
            std::io::copy(&mut upstream, &mut client).map(drop)
        }
    }
}
