//! A result on its way to its name in `GDPR_Result`.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use nix::sys::stat::fstat;

use super::folder::{CHUNK, Folder, Opened};
use super::look::{Fingerprint, Refusal};
use crate::postgres::fault::{point, record};

/// A result that is being written. Dropped without [`Pending::publish`], it disappears.
#[derive(Debug)]
pub struct Pending {
    folder: Arc<Folder>,
    /// What errors name before the file.
    place: &'static str,
    name: String,
    part: String,
    file: BufWriter<File>,
}

/// How a result came to stand under its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// It is new.
    Now,
    /// A plain file with exactly this content stood there.
    AlreadyThere,
}

/// Why a result was not published. Nothing of it remains but what the message names.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("something else already stands at {place}/{name}; move it away, then run again")]
    NameTaken { place: &'static str, name: String },
    #[error("{place}/{name} is a folder where a file is to be written; remove it, then run again")]
    FolderInTheWay { place: &'static str, name: String },
    #[error("somebody replaced or removed {place}/{name} while it was written; run again")]
    Swapped { place: &'static str, name: String },
    #[error(
        "cannot {doing} {place}/{name}: {cause}; check space and permissions there, then run again"
    )]
    Io {
        doing: &'static str,
        place: &'static str,
        name: String,
        cause: io::Error,
    },
}

impl Pending {
    /// Creates the file `part`, to be published as `name`; a leftover of that name is replaced.
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

    /// Makes the result durable and gives it its name. Where a plain file of this name exists, with the same content,
    /// that one stays; where anything else does, it stays too, and this fails.
    pub fn publish(mut self) -> Result<Published, PublishError> {
        self.make_durable()
            .map_err(error("write", self.place, &self.name))?;
        // More than one round only when somebody removes what stood in the way.
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

    /// A name can be swapped, an open file cannot: the name must still mean the file that was written.
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
            // Not readable by Lethe's user, so not written by it.
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
        // Once published there is nothing left of this name. Where removing fails, the next `begin` does it.
        if let Ok(true) = self.is_ours(&self.part) {
            let _ = self.folder.unlink(&self.part);
        }
    }
}

/// What stands under the name of a result that could not be given its name.
enum Standing {
    Same,
    Other,
    Gone,
}

/// The error for a step that failed with this file.
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
