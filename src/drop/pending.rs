//! A result on its way to its name in `GDPR_Result`.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use nix::sys::stat::fstat;

use super::file_state::{Fingerprint, Refusal};
use super::folder::{CHUNK, Folder, Opened};
use crate::postgres::fault::{point, record};

/// A result that is being written. Dropped without [`Pending::publish`], it disappears.
#[derive(Debug)]
pub struct Pending {
    folder: Arc<Folder>,
    /// The folder as named in errors.
    place: &'static str,
    name: String,
    part: String,
    file: BufWriter<File>,
}

/// How a result got its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// It is new.
    Now,
    /// A regular file with exactly this content already had the name.
    AlreadyThere,
}

/// Why a result was not published. Nothing of it remains except what the message names.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error(
        "cannot write {place}/{name}\n  detail: another file has this name\n  hint: move it away, then run again"
    )]
    NameTaken { place: &'static str, name: String },
    #[error(
        "cannot write {place}/{name}\n  detail: a folder has this name\n  hint: remove it, then run again"
    )]
    FolderInTheWay { place: &'static str, name: String },
    #[error(
        "cannot write {place}/{name}\n  detail: the file was replaced or removed meanwhile\n  hint: run again"
    )]
    Swapped { place: &'static str, name: String },
    #[error(
        "cannot {doing} {place}/{name}\n  detail: {cause}\n  hint: check disk space and permissions there, then run again"
    )]
    Io {
        doing: &'static str,
        place: &'static str,
        name: String,
        cause: io::Error,
    },
}

impl Pending {
    /// Creates the file `part`, to be published as `name`. A leftover of that name is replaced.
    pub(super) fn begin(
        folder: &Arc<Folder>,
        place: &'static str,
        name: &str,
        part: String,
    ) -> Result<Pending, PublishError> {
        let doing = || error("create", place, &part);
        match folder
            .stat(&part)
            .map_err(doing())?
            .as_ref()
            .map(Refusal::of)
        {
            None => {}
            Some(Some(Refusal::Directory)) => {
                return Err(PublishError::FolderInTheWay { place, name: part });
            }
            Some(_) => folder.unlink(&part).map(|_| ()).map_err(doing())?,
        }
        let create = || {
            point!("result.create");
            folder.create_file(&part, 0o640)
        };
        let file = create().map_err(doing())?;
        Ok(Pending {
            folder: folder.clone(),
            place,
            name: name.to_owned(),
            part,
            file: BufWriter::with_capacity(CHUNK, file),
        })
    }

    /// An unnamed file beside the result, for a part of it whose size must be known before it is written.
    pub(crate) fn scratch(&self) -> io::Result<Scratch> {
        let name = format!("{}-scratch", self.part);
        self.folder.create_unnamed_file(&name).map(Scratch)
    }

    /// Makes the result durable and gives it its name. An existing regular file with the same content is kept; anything else
    /// is kept as well, but is an error.
    pub fn publish(mut self) -> Result<Published, PublishError> {
        self.make_durable()
            .map_err(error("write", self.place, &self.name))?;
        // A second round is needed only if the existing file disappears meanwhile.
        for _ in 0..3 {
            self.check_is_ours(&self.part)?;
            match self.take_name() {
                Ok(()) => {
                    self.check_is_ours(&self.name)?;
                    self.sync().map_err(error("name", self.place, &self.name))?;
                    return Ok(Published::Now);
                }
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(error("name", self.place, &self.name)(cause)),
            }
            match self
                .compare()
                .map_err(error("read", self.place, &self.name))?
            {
                Standing::Same => {
                    let removed = self.folder.unlink(&self.part);
                    removed.map_err(error("remove", self.place, &self.part))?;
                    self.sync().map_err(error("name", self.place, &self.name))?;
                    return Ok(Published::AlreadyThere);
                }
                Standing::Other => break,
                Standing::Gone => {}
            }
        }
        let (place, name) = (self.place, self.name.clone());
        Err(PublishError::NameTaken { place, name })
    }

    /// Checks that the name still refers to the file that was written: a name can be swapped, an open file cannot.
    fn check_is_ours(&self, name: &str) -> Result<(), PublishError> {
        match self
            .is_ours(name)
            .map_err(error("look at", self.place, name))?
        {
            true => Ok(()),
            false => Err(PublishError::Swapped {
                place: self.place,
                name: name.to_owned(),
            }),
        }
    }

    fn is_ours(&self, name: &str) -> io::Result<bool> {
        let ours = Fingerprint::of(&fstat(self.file.get_ref())?);
        let stands = self.folder.stat(name)?;
        Ok(stands.is_some_and(|stat| Fingerprint::of(&stat).is_same_file(&ours)))
    }

    fn make_durable(&mut self) -> io::Result<()> {
        self.file.flush()?;
        point!("result.sync");
        self.file.get_ref().sync_all()?;
        record!("fsync", self.file.get_ref());
        Ok(())
    }

    fn take_name(&self) -> io::Result<()> {
        point!("result.name");
        self.folder.move_without_replacing(&self.part, &self.name)
    }

    fn sync(&self) -> io::Result<()> {
        point!("result.named");
        self.folder.sync()?;
        point!("result.published");
        Ok(())
    }

    fn compare(&self) -> io::Result<Standing> {
        let standing = match self.folder.open_plain(&self.name) {
            Ok(Opened::Plain(file)) => file,
            Ok(Opened::Gone) => return Ok(Standing::Gone),
            Ok(Opened::NotPlain(_) | Opened::Changing) => return Ok(Standing::Other),
            // Lethe's user cannot read it, so Lethe did not write it.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Ok(Standing::Other);
            }
            Err(error) => return Err(error),
        };
        let ours = self.file.get_ref();
        let size = ours.metadata()?.len();
        if standing.fingerprint.size != size {
            return Ok(Standing::Other);
        }
        let (mut a, mut b) = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut at = 0;
        while at < size {
            let n = (size - at).min(CHUNK as u64) as usize;
            ours.read_exact_at(&mut a[..n], at)?;
            match standing.file.read_exact_at(&mut b[..n], at) {
                Ok(()) if a[..n] == b[..n] => at += n as u64,
                Ok(()) => return Ok(Standing::Other),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(Standing::Other);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Standing::Same)
    }
}

/// A file without a name, which is gone once it is closed.
pub(crate) struct Scratch(File);

impl Scratch {
    /// The same file, empty.
    pub(crate) fn emptied(&self) -> io::Result<Scratch> {
        let mut file = self.0.try_clone()?;
        file.set_len(0)?;
        file.rewind()?;
        Ok(Scratch(file))
    }
}

impl Read for Scratch {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for Scratch {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for Scratch {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        point!("result.write");
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Pending {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // After publishing, nothing has this name. If removing fails, the next `begin` removes it.
        if let Ok(true) = self.is_ours(&self.part) {
            let _ = self.folder.unlink(&self.part);
        }
    }
}

/// The file that already has the name of a result.
enum Standing {
    Same,
    Other,
    Gone,
}

/// The error for a failed step.
pub(super) fn error(
    doing: &'static str,
    place: &'static str,
    name: &str,
) -> impl FnOnce(io::Error) -> PublishError {
    let name = name.to_owned();
    move |cause| PublishError::Io {
        doing,
        place,
        name,
        cause,
    }
}
