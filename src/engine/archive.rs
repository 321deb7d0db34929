//! The archive of an EXPORT: CSV files and a manifest in a zip file, written while the rows arrive (contract section 6).
//!
//! Rows are received from the database on one side and compressed by a separate thread on the other. A bounded number of parts
//! of bounded size is in between, so that memory use is constant.
//!
//! Each file is compressed into an unnamed file first, and then copied: its header has its sizes, and Zip64 fields only if these
//! need them. Readers of streams do not find the end of a file otherwise.

use std::io::{self, BufReader, BufWriter, Seek, SeekFrom, Write};

use bytes::{Bytes, BytesMut};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};
use zip::ZipArchive;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::drop::{Pending, Scratch};

/// Bytes of CSV that are buffered before they are sent to the thread: a message for each row would take longer than compressing
/// it.
const PART: usize = 128 * 1024;
/// Parts in flight between the database and the compressing thread.
const IN_FLIGHT: usize = 8;
/// zlib-rs level with the best trade-off between speed and size for CSV.
const LEVEL: i64 = 3;

/// One line of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ManifestFile {
    pub(crate) name: String,
    /// Number of rows, without the header.
    pub(crate) rows: u64,
    /// Digest of the CSV, in hexadecimal.
    pub(crate) sha256: String,
}

#[derive(Serialize)]
struct Manifest<'a> {
    files: &'a [ManifestFile],
}

enum Message {
    Start(String),
    Data(Bytes),
    End(oneshot::Sender<u64>),
}

/// An archive being written.
pub struct Archive {
    messages: mpsc::Sender<Message>,
    /// Buffered CSV of the current file.
    part: BytesMut,
    thread: tokio::task::JoinHandle<io::Result<Written>>,
}

/// A complete archive that is not published yet.
pub struct Written {
    pub file: Pending,
    /// HMAC-SHA-256 of its content, with the key given to [`Archive::create`].
    pub digest: [u8; 32],
}

impl Archive {
    /// Starts the archive in a result file that is not published yet. `key` is the key of its digest.
    pub fn create(file: Pending, key: &[u8; 32]) -> Archive {
        let (messages, inbox) = mpsc::channel(IN_FLIGHT);
        let mac = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        let file = Keyed { file, mac, size: 0 };
        Archive {
            messages,
            part: BytesMut::new(),
            thread: tokio::task::spawn_blocking(move || compress(file, inbox)),
        }
    }

    /// Begins a CSV file. It is added to the archive only if it has a row in addition to its header.
    pub async fn start(&mut self, name: String) -> io::Result<()> {
        self.send(Message::Start(name)).await
    }

    /// Appends CSV to the current file.
    pub async fn write(&mut self, rows: &[u8]) -> io::Result<()> {
        self.part.extend_from_slice(rows);
        if self.part.len() >= PART {
            self.flush().await?;
        }
        Ok(())
    }

    /// Ends the current file. Returns its number of rows, without the header.
    pub async fn end(&mut self) -> io::Result<u64> {
        self.flush().await?;
        let (answer, rows) = oneshot::channel();
        self.send(Message::End(answer)).await?;
        rows.await.map_err(|_| stopped())
    }

    /// Writes the manifest and closes the zip file, which is then complete but not published.
    pub async fn finish(self) -> io::Result<Written> {
        drop(self.messages);
        self.thread.await.map_err(|_| stopped())?
    }

    /// Sends the buffered CSV to the thread.
    pub async fn flush(&mut self) -> io::Result<()> {
        let room = BytesMut::with_capacity(PART + PART / 8);
        let part = std::mem::replace(&mut self.part, room);
        self.send(Message::Data(part.freeze())).await
    }

    async fn send(&mut self, message: Message) -> io::Result<()> {
        if self.messages.send(message).await.is_ok() {
            return Ok(());
        }
        // The thread ended early; its error is the reason.
        match (&mut self.thread).await {
            Ok(Err(error)) => Err(error),
            _ => Err(stopped()),
        }
    }
}

fn stopped() -> io::Error {
    io::Error::other("the thread that writes the archive stopped")
}

/// Copies what arrives into the zip file.
fn compress(file: Keyed, mut inbox: mpsc::Receiver<Message>) -> io::Result<Written> {
    let mut entries = Entries {
        scratch: file.file.scratch()?,
        zip: ZipWriter::new(file),
    };
    let mut manifest = Vec::new();
    let mut current: Option<CsvFile> = None;
    while let Some(message) = inbox.blocking_recv() {
        match message {
            Message::Start(name) => current = Some(CsvFile::new(name)),
            Message::Data(part) => {
                if let Some(csv) = &mut current {
                    csv.write(&entries, &part)?;
                }
            }
            Message::End(answer) => {
                let finished = match current.take() {
                    Some(csv) => csv.finish(&mut entries)?,
                    None => None,
                };
                let rows = finished.as_ref().map_or(0, |file| file.rows);
                manifest.extend(finished);
                // Nobody receives it if the export was aborted.
                let _ = answer.send(rows);
            }
        }
    }
    let mut entry = entries.begin("manifest.json")?;
    serde_json::to_writer_pretty(&mut entry, &Manifest { files: &manifest })?;
    entry.write_all(b"\n")?;
    entries.add(entry)?;
    let Keyed { file, mac, .. } = entries.zip.finish().map_err(io::Error::other)?;
    Ok(Written {
        file,
        digest: mac.finalize().into_bytes().into(),
    })
}

/// The zip file, and the unnamed file into which its next entry is compressed.
struct Entries {
    zip: ZipWriter<Keyed>,
    scratch: Scratch,
}

/// An entry that is being compressed.
type Entry = ZipWriter<BufWriter<Scratch>>;

impl Entries {
    /// Begins an entry. There is one at a time.
    fn begin(&self, name: &str) -> io::Result<Entry> {
        let scratch = self.scratch.emptied()?;
        let mut entry = ZipWriter::new(BufWriter::with_capacity(PART, scratch));
        entry
            .start_file(name, options())
            .map_err(io::Error::other)?;
        Ok(entry)
    }

    /// Copies an entry that is complete.
    fn add(&mut self, entry: Entry) -> io::Result<()> {
        let file = entry.finish().map_err(io::Error::other)?.into_inner()?;
        let mut compressed = ZipArchive::new(BufReader::with_capacity(PART, file))?;
        let entry = compressed.by_index_raw(0).map_err(io::Error::other)?;
        self.zip.raw_copy_file(entry).map_err(io::Error::other)
    }
}

/// A file that computes a digest of its content while it is written.
struct Keyed {
    file: Pending,
    mac: Hmac<Sha256>,
    /// Bytes written.
    size: u64,
}

/// It says where it is, and goes nowhere else: a digest cannot take bytes back, and entries of known size need no change.
impl Seek for Keyed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Current(0) | SeekFrom::End(0) => Ok(self.size),
            SeekFrom::Start(at) if at == self.size => Ok(self.size),
            _ => Err(io::Error::other("an archive is written from start to end")),
        }
    }
}

impl Write for Keyed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.mac.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        // Of the unnamed file only: the number of rows is unknown.
        .large_file(true)
        .unix_permissions(0o640)
}

/// The CSV file that is being written.
struct CsvFile {
    name: String,
    /// The header, buffered until a row follows.
    header: Vec<u8>,
    lines: u64,
    in_quotes: bool,
    /// Begins with the first row.
    entry: Option<Entry>,
    digest: Sha256,
}

impl CsvFile {
    fn new(name: String) -> CsvFile {
        CsvFile {
            name,
            header: Vec::new(),
            lines: 0,
            in_quotes: false,
            entry: None,
            digest: Sha256::new(),
        }
    }

    fn write(&mut self, entries: &Entries, part: &[u8]) -> io::Result<()> {
        // An empty part after a complete header is not a row.
        if part.is_empty() {
            return Ok(());
        }
        let only_header_before = self.lines == 0;
        let header_end = self.count_lines(part);
        let entry = match &mut self.entry {
            Some(entry) => entry,
            None if only_header_before && header_end.is_none_or(|end| end == part.len()) => {
                self.header.extend_from_slice(part);
                return Ok(());
            }
            None => {
                let header = std::mem::take(&mut self.header);
                self.digest.update(&header);
                let entry = self.entry.insert(entries.begin(&self.name)?);
                entry.write_all(&header)?;
                entry
            }
        };
        self.digest.update(part);
        entry.write_all(part)
    }

    /// Counts line ends outside quotes. Returns the offset after the first one of this part.
    fn count_lines(&mut self, part: &[u8]) -> Option<usize> {
        let mut first = None;
        for at in memchr::memchr2_iter(b'"', b'\n', part) {
            if part[at] == b'"' {
                self.in_quotes = !self.in_quotes;
            } else if !self.in_quotes {
                self.lines += 1;
                first.get_or_insert(at + 1);
            }
        }
        first
    }

    /// Adds the file to the archive. `None`: it has no row.
    fn finish(self, entries: &mut Entries) -> io::Result<Option<ManifestFile>> {
        let Some(entry) = self.entry else {
            return Ok(None);
        };
        entries.add(entry)?;
        Ok(Some(ManifestFile {
            name: self.name,
            rows: self.lines.saturating_sub(1),
            sha256: data_encoding::HEXLOWER.encode(&self.digest.finalize()),
        }))
    }
}

/// The folder of a request: `001-<requestcase>`, with a name that is valid on every file system; `001` without a case.
pub fn request_folder(ordinal: usize, case: Option<&str>) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
            c
        } else {
            '_'
        }
    };
    match case {
        None => format!("{ordinal:03}"),
        Some(case) => format!(
            "{ordinal:03}-{}",
            case.chars().take(64).map(safe).collect::<String>()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::is_label;
    use rstest::rstest;

    #[rstest]
    #[case(1, None, "001")]
    #[case(7, Some("97456596893834"), "007-97456596893834")]
    #[case(1234, Some("../a b\\ü\n"), "1234-.._a_b___")]
    fn folders_are_safe(#[case] ordinal: usize, #[case] case: Option<&str>, #[case] folder: &str) {
        assert_eq!(request_folder(ordinal, case), folder);
    }

    #[test]
    fn folders_take_64_characters_of_a_case() {
        assert_eq!(request_folder(1, Some(&"ü".repeat(70))).len(), 4 + 64);
    }

    #[rstest]
    #[case("contact-devices", true)]
    #[case("Ωμέγα 1.", true)]
    #[case("..", true)]
    #[case("", false)]
    #[case("a/b", false)]
    #[case("a\\b", false)]
    #[case("a:b", false)]
    #[case("a\nb", false)]
    fn labels_are_names_everywhere(#[case] label: &str, #[case] fits: bool) {
        assert_eq!(is_label(label), fits);
        assert_eq!(is_label(&label.repeat(100)), fits && label.len() < 3);
    }

    #[test]
    fn lines_are_counted_outside_quotes() {
        let mut csv = CsvFile::new("x".into());
        csv.count_lines(b"a,b\n1,\"x\n");
        csv.count_lines(b"y\"\"\n\"\n2,3\n");
        assert_eq!(csv.lines, 3);
    }
}
