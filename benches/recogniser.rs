//! How fast the recogniser reads rows: `cargo bench --bench recogniser [-- MEBIBYTES]`
//!
//! The rows are those of contact attempts, as COPY sends them. One in a thousand holds one of 10,000 wanted devices. The rate is that of one core, from
//! bytes to occurrences, with a plain count of line ends in the same bytes beside it.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use lethe::domain::device::{Device, DeviceKind};
use lethe::domain::recogniser::{Certainty, Countries, Recogniser, Shape, copy_fields};

const DEVICES: u64 = 10_000;
const ROWS_PER_DEVICE: u64 = 1_000;
const ROUNDS: usize = 7;
/// The columns of the rows that are JSON.
const DOCUMENT: usize = 18;

/// The same numbers in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }
}

const FIRST: [&str; 8] = [
    "Ada",
    "Björn",
    "Carol",
    "Dmitri",
    "Eve",
    "François",
    "Grace",
    "Heidi",
];
const LAST: [&str; 8] = [
    "Quartz",
    "Okonkwo",
    "Smith-Jones",
    "Meier",
    "O'Hara",
    "Nguyen",
    "Álvarez",
    "Lee",
];

/// Device `number` of a kind; the wanted ones are the first 10,000.
fn phone(number: u64) -> String {
    format!(
        "+1{:03}{:07}",
        201 + number % 700,
        2_000_000 + number * 7919 % 8_000_000
    )
}

fn email(number: u64) -> String {
    format!(
        "{}.{}{number}@example.com",
        FIRST[number as usize % 8]
            .to_ascii_lowercase()
            .replace(|c: char| !c.is_ascii(), "o"),
        "q"
    )
}

fn address(number: u64) -> String {
    format!(
        "198.{}.{}.{}",
        18 + number / 65_536 % 2,
        number / 256 % 256,
        number % 256
    )
}

fn wanted() -> Vec<Device> {
    let device = |number: u64| match number % 10 {
        0..7 => Device::parse(DeviceKind::Phone, &phone(number)),
        7..9 => Device::parse(DeviceKind::Email, &email(number)),
        _ => Device::parse(DeviceKind::Ipaddr, &address(number)),
    };
    (0..DEVICES)
        .map(|number| device(number).expect("it is a device"))
        .collect()
}

/// One row; `device` is the number of its device.
fn row(text: &mut String, id: u64, device: u64, numbers: &mut Numbers) {
    let (first, last) = (numbers.one_of(&FIRST), numbers.one_of(&LAST));
    let is_email = device % 10 >= 7;
    let (channel, stored) = match is_email {
        true => ("email", email(device)),
        false => ("voice", phone(device)),
    };
    let (day, hour, minute, second) = (1 + id % 28, id % 24, id % 60, numbers.below(60));
    let micro = numbers.below(1_000_000);
    let _ = write!(
        text,
        "{id}\t2026-03-{day:02} {hour:02}:{minute:02}:{second:02}.{micro:06}+00\t{}\t{}\t{}\tC-{:08x}\t{first}\t{last}\t{channel}\toutbound\t{stored}\t\\N\t+1800{:07}\t{}\t",
        30_003_748_347 + id % 20,
        id % 400,
        id / 3,
        numbers.below(1 << 32),
        5_550_100 + id % 50,
        numbers.one_of(&["ANSWERED", "BUSY", "NO_ANSWER", "VOICEMAIL", "OPT_OUT"]),
    );
    let _ = match is_email {
        true => write!(
            text,
            "Your order {}\tDear {first} {last},\\nyour order is on its way.\\nRegards\t\\N\t",
            numbers.below(1_000_000)
        ),
        false => write!(text, "\\N\t\\N\t\\N\t"),
    };
    let _ = writeln!(
        text,
        "{}\t{{\"campaign\": \"spring-{}\", \"score\": 0.{}, \"agent\": \"agent{}\", \"session\": \"{:08x}-{:04x}-4a1b-8c2d-{:012x}\"}}",
        address(1_000_000 + numbers.below(30_000)),
        id % 12,
        numbers.below(1000),
        numbers.below(300),
        numbers.below(1 << 32),
        numbers.below(1 << 16),
        numbers.below(1 << 48),
    );
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Megabytes (10^6 bytes) per second.
fn rate(bytes: &[u8], mut work: impl FnMut(&[u8]) -> usize) -> f64 {
    let run = |_| {
        let begun = Instant::now();
        black_box(work(black_box(bytes)));
        begun.elapsed().as_secs_f64()
    };
    bytes.len() as f64 / 1e6 / median((0..ROUNDS).map(run).collect())
}

fn main() {
    let size = std::env::args()
        .filter_map(|word| word.parse::<usize>().ok())
        .next();
    let size = size.unwrap_or(64) << 20;
    let recogniser = Recogniser::new(&wanted());
    let mut numbers = Numbers(0x1e7e);
    let mut text = String::with_capacity(size + 1024);
    let (mut id, mut held) = (1_000_000, 0);
    while text.len() < size {
        let is_wanted = id % ROWS_PER_DEVICE == 0;
        held += usize::from(is_wanted);
        let device = match is_wanted {
            true => numbers.below(DEVICES / 10) * 10 + numbers.below(9),
            false => DEVICES + numbers.below(1_000_000),
        };
        row(&mut text, id, device, &mut numbers);
        id += 1;
    }
    let bytes = text.as_bytes();
    let countries = Countries::unknown().with_account("1", "");
    let found = |bytes: &[u8]| {
        let rows = recogniser.candidate_rows(bytes);
        let holds = rows.filter(|row| {
            let row = std::str::from_utf8(row.bytes()).expect("the server sends UTF-8");
            copy_fields(row).enumerate().any(|(column, field)| {
                let shape = if column == DOCUMENT {
                    Shape::Json
                } else {
                    Shape::Text
                };
                let field = field.unwrap_or_default();
                let found = recogniser.find(&field, shape, &countries);
                found.iter().any(|one| one.certainty == Certainty::Certain)
            })
        });
        holds.count()
    };
    assert!(found(bytes) >= held, "a row was passed over");
    let candidates = recogniser.candidate_rows(bytes).count();
    let whole = rate(bytes, found);
    let filter = rate(bytes, |bytes| recogniser.candidate_rows(bytes).count());
    let plain = rate(bytes, |bytes| memchr::memchr_iter(b'\n', bytes).count());
    let by_byte = rate(bytes, |bytes| {
        bytes.iter().filter(|byte| byte.is_ascii_digit()).count()
    });
    println!(
        "{} rows, {} MB, {DEVICES} devices; {held} rows hold one, {candidates} were examined",
        id - 1_000_000,
        bytes.len() / 1_000_000,
    );
    println!("recogniser, rows to occurrences: {whole:.0} MB/s");
    println!("its first pass alone:            {filter:.0} MB/s");
    println!(
        "count of line ends (memchr):     {plain:.0} MB/s, {:.1} times the recogniser",
        plain / whole
    );
    println!(
        "count of digits:                 {by_byte:.0} MB/s, {:.1} times the recogniser",
        by_byte / whole
    );
}
