//! A TCP proxy in front of a server's socket that delays, cuts and drops connections as a test tells it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::Duration;

use socket2::SockRef;

/// What happens to a connection after a number of bytes in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The client gets a reset, the server an end of file.
    Reset,
    /// Both get an end of file.
    Close,
    /// The client gets an end of file; what it sends is still delivered.
    EndForClient,
    /// The server gets an end of file; what it sends is still delivered.
    EndForServer,
    /// The client gets a reset, and the server is not notified.
    Forget,
    /// Everything is dropped in both directions, and nobody is notified.
    Swallow,
}

/// Which bytes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    ToServer,
    ToClient,
}

/// The break that is planned for a connection.
#[derive(Debug, Clone, Copy)]
pub struct PlannedBreak {
    pub fault: Break,
    pub direction: Direction,
    pub after: usize,
}

/// Plans the break of each connection by its number, from 0.
type Fates = Box<dyn FnMut(usize) -> Option<PlannedBreak> + Send>;

/// The proxy, which delivers everything unless a break is planned.
pub struct Network {
    pub port: u16,
    state: Arc<State>,
}

struct State {
    socket: PathBuf,
    plans: Mutex<(usize, Fates)>,
    /// The delay of each piece, in milliseconds.
    delay: fn(usize) -> u64,
    /// The breaks so far, in order.
    broken: Mutex<Vec<PlannedBreak>>,
    /// Sockets that are held open although nobody reads from them.
    kept: Mutex<Vec<UnixStream>>,
}

impl Network {
    /// `address` is that of a server on a socket; `delay` is the delay of the n-th piece of a connection.
    pub fn before(
        address: &str,
        delay: fn(usize) -> u64,
        plans: impl FnMut(usize) -> Option<PlannedBreak> + Send + 'static,
    ) -> Network {
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
            plans: Mutex::new((0, Box::new(plans))),
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
        Network { port, state }
    }

    /// The same address through the network.
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

    pub fn broken(&self) -> Vec<PlannedBreak> {
        self.state.broken.lock().unwrap().clone()
    }
}

/// Closes a connection so that the other end gets a reset.
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
    let _ = stream.shutdown(Shutdown::Both);
}

/// A connection and its two ends.
struct Link {
    client: TcpStream,
    server: UnixStream,
    planned: Option<PlannedBreak>,
    swallows: AtomicBool,
}

impl State {
    fn serve(self: Arc<State>, client: TcpStream) {
        let planned = {
            let mut plans = self.plans.lock().unwrap();
            let number = plans.0;
            plans.0 += 1;
            (plans.1)(number)
        };
        // A server that is down accepts no connection.
        let Ok(server) = UnixStream::connect(&self.socket) else {
            return reset(&client);
        };
        client.set_nodelay(true).unwrap();
        let link = Arc::new(Link {
            client,
            server,
            planned,
            swallows: false.into(),
        });
        let (state, other) = (self.clone(), link.clone());
        let there = thread::spawn(move || state.pump(&other, Direction::ToServer));
        self.pump(&link, Direction::ToClient);
        let _ = there.join();
    }

    fn pump(&self, link: &Link, direction: Direction) {
        let mut bytes = [0; 8192];
        let (mut passed, mut pieces) = (0, 0);
        loop {
            let read = match direction {
                Direction::ToServer => (&link.client).read(&mut bytes),
                Direction::ToClient => (&link.server).read(&mut bytes),
            };
            let read = read.unwrap_or(0);
            if link.swallows.load(Ordering::Relaxed) && read > 0 {
                continue;
            }
            if read == 0 {
                // An end of file is passed on, unless it must go unnoticed.
                if !link.swallows.load(Ordering::Relaxed) {
                    let _ = match direction {
                        Direction::ToServer => link.server.shutdown(Shutdown::Write),
                        Direction::ToClient => link.client.shutdown(Shutdown::Write),
                    };
                }
                return;
            }
            sleep(Duration::from_millis((self.delay)(pieces)));
            pieces += 1;
            let planned = link
                .planned
                .filter(|planned| planned.direction == direction);
            let whole = planned.is_none_or(|planned| passed + read <= planned.after);
            let let_through = match planned {
                Some(planned) if !whole => planned.after.saturating_sub(passed).min(read),
                _ => read,
            };
            let written = match direction {
                Direction::ToServer => (&link.server).write_all(&bytes[..let_through]),
                Direction::ToClient => (&link.client).write_all(&bytes[..let_through]),
            };
            passed += let_through;
            if let (Some(planned), false) = (planned, whole) {
                self.broken.lock().unwrap().push(planned);
                self.break_off(link, planned.fault);
                if matches!(planned.fault, Break::Swallow) {
                    continue;
                }
                return;
            }
            if written.is_err() {
                return;
            }
        }
    }

    fn break_off(&self, link: &Link, fault: Break) {
        match fault {
            Break::Reset => {
                reset(&link.client);
                let _ = link.server.shutdown(Shutdown::Both);
            }
            Break::Close => {
                let _ = link.client.shutdown(Shutdown::Both);
                let _ = link.server.shutdown(Shutdown::Both);
            }
            Break::EndForClient => {
                let _ = link.client.shutdown(Shutdown::Write);
            }
            Break::EndForServer => {
                let _ = link.server.shutdown(Shutdown::Write);
            }
            Break::Forget => {
                link.swallows.store(true, Ordering::Relaxed);
                let kept = link.server.try_clone().unwrap();
                self.kept.lock().unwrap().push(kept);
                reset(&link.client);
            }
            Break::Swallow => link.swallows.store(true, Ordering::Relaxed),
        }
    }
}
