//! The demo's folder: a drop, the media of recordings, Lethe's own data.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::cli::CommandError;
use crate::domain::text::printable;
use crate::drop::{RESULT, SUBMIT};
use crate::proof::certificate::Certificate;

/// The demo's folder; it stays when the demo ends.
pub(crate) struct Folder {
    pub(crate) root: PathBuf,
}

/// A file in the media folder.
pub(crate) struct MediaFile {
    /// As the row has it, relative to the media folder.
    pub(crate) name: String,
    /// Whether it is the sample's enterprise's.
    pub(crate) is_own: bool,
}

/// A contact's answer, out of an execution log.
#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) requestcase: String,
    pub(crate) kind: String,
    pub(crate) device: String,
    pub(crate) response: String,
}

/// What is in an archive.
#[derive(Serialize)]
pub(crate) struct Archive {
    /// As its manifest and its own directory say.
    pub(crate) files: usize,
}

/// Refuses a folder that is not empty; a missing one is created later.
pub(crate) fn check(dir: Option<&Path>) -> Result<(), CommandError> {
    let Some(dir) = dir else { return Ok(()) };
    let refused = |why: &str| {
        Err(CommandError::Usage(format!(
            "--dir {} {why}\n  hint: name a folder that is empty or does not exist yet",
            printable(dir)
        )))
    };
    match std::fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => refused("is not empty"),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => refused(&format!("cannot be used ({e})")),
    }
}

impl Folder {
    /// Creates the folder, or a new one in the temporary folder, with its subfolders. Only its owner has access: results are
    /// personal data.
    pub(crate) fn make(dir: Option<PathBuf>) -> Result<Folder, CommandError> {
        let root = match dir {
            Some(dir) => {
                make_folder(&dir)?;
                dir.canonicalize()
                    .map_err(failed("making the demo's folder"))?
            }
            None => tempfile::Builder::new()
                .prefix("lethe-demo-")
                .tempdir()
                .map_err(failed("making the demo's folder"))?
                .keep(),
        };
        let folder = Folder { root };
        for inner in [
            folder.drop().join(SUBMIT),
            folder.drop().join(RESULT),
            folder.media(),
            folder.data(),
        ] {
            make_folder(&inner)?;
        }
        Ok(folder)
    }

    pub(crate) fn drop(&self) -> PathBuf {
        self.root.join("drop")
    }

    pub(crate) fn media(&self) -> PathBuf {
        self.root.join("media")
    }

    /// Lethe's own folder, with the spool.
    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// The other enterprise's drop.
    pub(crate) fn neighbour(&self) -> PathBuf {
        self.root.join("neighbour")
    }

    /// Makes the other enterprise's drop.
    pub(crate) fn make_neighbour(&self) -> Result<(), CommandError> {
        make_folder(&self.neighbour().join(SUBMIT))?;
        make_folder(&self.neighbour().join(RESULT))
    }

    /// Puts a submission into a drop.
    pub(crate) fn submit(
        &self,
        drop: &Path,
        name: &str,
        content: &str,
    ) -> Result<(), CommandError> {
        std::fs::write(drop.join(SUBMIT).join(name), content)
            .map_err(failed("writing the submission"))
    }

    /// A certificate in the drop.
    pub(crate) fn certificate(&self, name: &str) -> Result<Certificate, CommandError> {
        let text = std::fs::read_to_string(self.drop().join(RESULT).join(name));
        let text = text.map_err(failed("reading the certificate"))?;
        match crate::proof::receipt::read::<Certificate>(text) {
            Ok(signed) => Ok(signed.content),
            Err(error) => Err(CommandError::Demo(format!("the certificate: {error}"))),
        }
    }

    /// Writes the media files: a tenth of a second of silence each.
    pub(crate) fn write_media(&self, files: &[MediaFile]) -> Result<(), CommandError> {
        for file in files {
            let path = self.media().join(&file.name);
            if let Some(folder) = path.parent() {
                make_folder(folder)?;
            }
            std::fs::write(path, silence()).map_err(failed("writing the media files"))?;
        }
        Ok(())
    }

    pub(crate) fn has_media(&self, file: &MediaFile) -> bool {
        self.media().join(&file.name).exists()
    }

    /// The responses in the execution log that is one of the results.
    pub(crate) fn responses(&self, results: &[String]) -> Result<Vec<Answer>, CommandError> {
        let log = self.result(results, "-execution-log.json")?;
        let log: Value = serde_json::from_reader(io::BufReader::new(log))
            .map_err(|e| failed("reading the execution log")(e.into()))?;
        let requests = log["result"].as_array().into_iter().flatten();
        Ok(requests.flat_map(answers).collect())
    }

    /// What is in the archive that is one of the results.
    pub(crate) fn archive(&self, results: &[String]) -> Result<Archive, CommandError> {
        let unreadable = failed("reading the archive");
        let archive = self.result(results, "-archive.zip")?;
        let read = || -> io::Result<usize> {
            let mut archive = zip::ZipArchive::new(archive)?;
            let manifest: Value = serde_json::from_reader(archive.by_name("manifest.json")?)?;
            let named = manifest["files"].as_array().map_or(0, Vec::len);
            Ok(named.max(archive.len() - 1))
        };
        Ok(Archive {
            files: read().map_err(unreadable)?,
        })
    }

    fn result(&self, results: &[String], suffix: &str) -> Result<File, CommandError> {
        let name = results.iter().find(|name| name.ends_with(suffix));
        let name = name.ok_or_else(|| {
            CommandError::Demo(format!("there is no result that ends in {suffix}"))
        })?;
        File::open(self.drop().join(RESULT).join(name)).map_err(failed("opening a result"))
    }
}

/// The answers of a request's contacts; each has one device and its response.
fn answers(request: &Value) -> impl Iterator<Item = Answer> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let contacts = request["contacts"].as_array().into_iter().flatten();
    contacts.filter_map(move |contact| {
        let mut pairs = contact.as_object()?.iter();
        let (kind, device) = pairs.find(|(key, _)| *key != "response")?;
        Some(Answer {
            requestcase: text(&request["requestcase"]),
            kind: kind.clone(),
            device: text(device),
            response: text(&contact["response"]),
        })
    })
}

fn make_folder(path: &Path) -> Result<(), CommandError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(failed("making the demo's folder"))
}

fn failed(doing: &'static str) -> impl FnOnce(io::Error) -> CommandError {
    move |cause| CommandError::Io { doing, cause }
}

/// A WAV file of 800 samples, 8 kHz, 8 bits, one channel.
fn silence() -> Vec<u8> {
    const SAMPLES: u32 = 800;
    const RATE: u32 = 8_000;
    let mut wav = Vec::with_capacity(44 + SAMPLES as usize);
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + SAMPLES).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend_from_slice(&16u32.to_le_bytes());
    // PCM, one channel, samples and bytes a second, one byte a frame, eight bits a sample
    wav.extend_from_slice(&[1, 0, 1, 0]);
    wav.extend_from_slice(&RATE.to_le_bytes());
    wav.extend_from_slice(&RATE.to_le_bytes());
    wav.extend_from_slice(&[1, 0, 8, 0]);
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&SAMPLES.to_le_bytes());
    wav.resize(wav.len() + SAMPLES as usize, 0x80);
    wav
}
