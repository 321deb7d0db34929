//! A TCP proxy in front of a server's socket, which delays, cuts and swallows as it is told.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::Duration;

use socket2::SockRef;

/// What happens to a connection once so many bytes went through it in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The client gets a reset, the server the end.
    Reset,
    /// Both get the end.
    Close,
    /// The client gets the end; what it sends goes on.
    EndForClient,
    /// The server gets the end; what it sends goes on.
    EndForServer,
    /// The client gets a reset, and the server hears nothing of it.
    Forget,
    /// Nothing comes through any more, in neither direction, and nobody is told.
    Swallow,
}

/// Which bytes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ToServer,
    ToClient,
}

/// What a connection has before it.
#[derive(Debug, Clone, Copy)]
pub struct Fate {
    pub fault: Break,
    pub way: Way,
    pub after: usize,
}

/// Tells the fate of each connection by its number, from 0.
type Fates = Box<dyn FnMut(usize) -> Option<Fate> + Send>;

/// The proxy; it lets everything through that it is not told to treat otherwise.
pub struct Wires {
    pub port: u16,
    state: Arc<State>,
}

struct State {
    socket: PathBuf,
    fates: Mutex<(usize, Fates)>,
    /// Milliseconds that every piece takes.
    delay: fn(usize) -> u64,
    /// What was broken, in this order.
    broken: Mutex<Vec<Fate>>,
    /// Ends that are held open though nobody reads from them.
    kept: Mutex<Vec<UnixStream>>,
}

impl Wires {
    /// `address` is that of a server on a socket; `delay` tells how long the n-th piece of a connection takes.
    pub fn before(
        address: &str,
        delay: fn(usize) -> u64,
        fates: impl FnMut(usize) -> Option<Fate> + Send + 'static,
    ) -> Wires {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let word = |name: &str| {
            let mut words = address.split(' ').filter_map(|word| word.split_once('='));
            let value = words.find(|(key, _)| *key == name).unwrap().1;
            value.trim_matches('\'').to_owned()
        };
        let socket = Path::new(&word("host")).join(format!(".s.PGSQL.{}", word("port")));
        let state = Arc::new(State {
            socket,
            fates: Mutex::new((0, Box::new(fates))),
            delay,
            broken: Mutex::default(),
            kept: Mutex::default(),
        });
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, state) = (client.unwrap(), shared.clone());
                thread::spawn(move || state.serve(client));
            }
        });
        Wires { port, state }
    }

    /// The same address through the proxy.
    pub fn address(&self, address: &str) -> String {
        let words = address
            .split(' ')
            .filter(|word| !word.starts_with("host=") && !word.starts_with("port="));
        let rest: Vec<&str> = words.collect();
        format!(
            "host=127.0.0.1 port={} sslmode=disable {}",
            self.port,
            rest.join(" ")
        )
    }

    pub fn broken(&self) -> Vec<Fate> {
        self.state.broken.lock().unwrap().clone()
    }
}

/// Closed at once, so that the other end gets a reset.
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
    let _ = stream.shutdown(Shutdown::Both);
}

/// A connection of two ends.
struct Wire {
    client: TcpStream,
    server: UnixStream,
    fate: Option<Fate>,
    swallows: AtomicBool,
}

impl State {
    fn serve(self: Arc<State>, client: TcpStream) {
        let fate = {
            let mut fates = self.fates.lock().unwrap();
            let number = fates.0;
            fates.0 += 1;
            (fates.1)(number)
        };
        // A server that is down lets nobody in.
        let Ok(server) = UnixStream::connect(&self.socket) else {
            return reset(&client);
        };
        client.set_nodelay(true).unwrap();
        let wire = Arc::new(Wire {
            client,
            server,
            fate,
            swallows: false.into(),
        });
        let (state, other) = (self.clone(), wire.clone());
        let there = thread::spawn(move || state.pump(&other, Way::ToServer));
        self.pump(&wire, Way::ToClient);
        let _ = there.join();
    }

    fn pump(&self, wire: &Wire, way: Way) {
        let mut bytes = [0; 8192];
        let (mut passed, mut pieces) = (0, 0);
        loop {
            let read = match way {
                Way::ToServer => (&wire.client).read(&mut bytes),
                Way::ToClient => (&wire.server).read(&mut bytes),
            };
            let read = read.unwrap_or(0);
            if wire.swallows.load(Ordering::Relaxed) && read > 0 {
                continue;
            }
            if read == 0 {
                // An end is passed on, unless nobody is to hear of it.
                if !wire.swallows.load(Ordering::Relaxed) {
                    let _ = match way {
                        Way::ToServer => wire.server.shutdown(Shutdown::Write),
                        Way::ToClient => wire.client.shutdown(Shutdown::Write),
                    };
                }
                return;
            }
            sleep(Duration::from_millis((self.delay)(pieces)));
            pieces += 1;
            let fate = wire.fate.filter(|fate| fate.way == way);
            let whole = fate.is_none_or(|fate| passed + read <= fate.after);
            let let_through = match fate {
                Some(fate) if !whole => fate.after.saturating_sub(passed).min(read),
                _ => read,
            };
            let written = match way {
                Way::ToServer => (&wire.server).write_all(&bytes[..let_through]),
                Way::ToClient => (&wire.client).write_all(&bytes[..let_through]),
            };
            passed += let_through;
            if let (Some(fate), false) = (fate, whole) {
                self.broken.lock().unwrap().push(fate);
                self.break_off(wire, fate.fault);
                if matches!(fate.fault, Break::Swallow) {
                    continue;
                }
                return;
            }
            if written.is_err() {
                return;
            }
        }
    }

    fn break_off(&self, wire: &Wire, fault: Break) {
        match fault {
            Break::Reset => {
                reset(&wire.client);
                let _ = wire.server.shutdown(Shutdown::Both);
            }
            Break::Close => {
                let _ = wire.client.shutdown(Shutdown::Both);
                let _ = wire.server.shutdown(Shutdown::Both);
            }
            Break::EndForClient => {
                let _ = wire.client.shutdown(Shutdown::Write);
            }
            Break::EndForServer => {
                let _ = wire.server.shutdown(Shutdown::Write);
            }
            Break::Forget => {
                wire.swallows.store(true, Ordering::Relaxed);
                let kept = wire.server.try_clone().unwrap();
                self.kept.lock().unwrap().push(kept);
                reset(&wire.client);
            }
            Break::Swallow => wire.swallows.store(true, Ordering::Relaxed),
        }
    }
}
