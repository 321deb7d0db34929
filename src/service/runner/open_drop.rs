//! A drop with its folder held open, and the plan of its product.

use crate::catalogue::Catalogue;
use crate::catalogue::plan::Plan;
use crate::domain::request::Product;
use crate::domain::text::printable;
use crate::drop::{DropError, DropFolder, Entry, FileName, Fingerprint, State};
use crate::service::pipeline::OpenDrop;
use crate::service::runner::target::Wanted;
use crate::service::settings::DropConfig;

/// A drop with its folder held open, and which of its files are to be processed.
pub(super) struct Open<'a> {
    pub(crate) drop: &'a DropConfig,
    pub(crate) folder: DropFolder,
    pub(crate) wanted: &'a Wanted,
}

impl Open<'_> {
    /// The regular files that are due.
    pub(crate) fn due(&self) -> Result<Vec<(FileName, Fingerprint)>, DropError> {
        let due = |entry: Entry| match entry {
            Entry::Proper {
                name,
                state: State::Plain(fingerprint),
            } if self.wanted.has(&name) => Some((name, fingerprint)),
            _ => None,
        };
        Ok(self.folder.look()?.into_iter().filter_map(due).collect())
    }

    pub(crate) fn as_open_drop(&self) -> OpenDrop<'_> {
        OpenDrop {
            config: self.drop,
            folder: &self.folder,
        }
    }

    /// How messages name a file of this drop.
    pub(crate) fn place(&self, name: &FileName) -> String {
        format!("{}/{name}", printable(&self.drop.name))
    }
}

/// The catalogue with a plan for each product.
pub(crate) struct Plans {
    pub(crate) catalogue: Catalogue,
    outbound: Plan,
    messaging: Plan,
}

impl Plans {
    pub(crate) fn new(catalogue: Catalogue) -> Plans {
        Plans {
            outbound: Plan::new(&catalogue, Product::Outbound),
            messaging: Plan::new(&catalogue, Product::Messaging),
            catalogue,
        }
    }

    pub(crate) fn of(&self, product: Product) -> &Plan {
        match product {
            Product::Outbound => &self.outbound,
            Product::Messaging => &self.messaging,
        }
    }
}
