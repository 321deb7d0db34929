//! Sets of devices. Every measurement has its own, of the same size and from the same distribution, so that all of them
//! can run on one database.

use tokio_postgres::Client;

use super::limit::{self, Share};
use super::settings::Failure;

/// One database with its remaining devices.
pub struct Ground {
    pub database: String,
    pub address: String,
    /// Holds the temporary tables of the current set.
    pub client: Client,
    next: i64,
    end: i64,
}

/// The set that the temporary tables hold.
#[derive(Debug)]
pub struct Set {
    pub devices: Vec<Device>,
    /// Rows that forgetting it changes, each counted once.
    pub rows: u64,
    /// Those that hold two of its devices.
    pub twice: u64,
}

#[derive(Debug, Clone)]
pub struct Device {
    pub value: String,
    pub kind: String,
    /// The placeholder for text columns.
    pub code: String,
    /// The placeholder for `inet` columns.
    pub address: std::net::IpAddr,
}

impl Ground {
    pub fn new(database: String, address: String, client: Client, targets: i64) -> Ground {
        Ground {
            database,
            address,
            client,
            next: 0,
            end: targets,
        }
    }

    /// The next `size` devices, and their new row versions.
    pub async fn draw(&mut self, size: i64) -> Result<Set, Failure> {
        if self.next + size > self.end {
            return Err(format!(
                "the data has {} devices, which are used up; a larger --scale, fewer --rounds or parts",
                self.end
            )
            .into());
        }
        let from = self.next;
        self.next += size;
        self.take(from, from + size).await
    }

    /// The last `size` devices: for measurements that change nothing and can share them.
    pub async fn last(&self, size: i64) -> Result<Set, Failure> {
        self.take(self.end - size, self.end).await
    }

    async fn take(&self, from: i64, to: i64) -> Result<Set, Failure> {
        let client = &self.client;
        client
            .batch_execute(include_str!("sql/set/clear.sql"))
            .await?;
        client
            .execute(include_str!("sql/set/devices.sql"), &[&from, &to])
            .await?;
        client.batch_execute("ANALYZE set_device").await?;
        for file in [
            include_str!("sql/set/recordings.sql"),
            include_str!("sql/set/media.sql"),
            include_str!("sql/set/messages.sql"),
            include_str!("sql/set/attempts.sql"),
            include_str!("sql/set/contact_devices.sql"),
            include_str!("sql/set/contacts.sql"),
            include_str!("sql/set/analyze.sql"),
        ] {
            client.batch_execute(file).await?;
        }
        let rows = client
            .query("SELECT device, kind, code, address FROM set_device", &[])
            .await?;
        let device = |row: &tokio_postgres::Row| Device {
            value: row.get(0),
            kind: row.get(1),
            code: row.get(2),
            address: row.get(3),
        };
        let count = client
            .query_one(include_str!("sql/set/counts.sql"), &[])
            .await?;
        Ok(Set {
            devices: rows.iter().map(device).collect(),
            rows: count.get::<_, i64>(0) as u64,
            twice: count.get::<_, i64>(1) as u64,
        })
    }

    /// Writes the set's row versions and rolls back. Every heap page and index leaf that the FORGET will touch is then
    /// cached, and its full-page image is in the WAL; the rows are unchanged, and dead index entries are
    /// removed.
    pub async fn rehearse(&self, set: &Set) -> Result<(), Failure> {
        if self.share(set) == Share::Large {
            // The rehearsal fills half of max_wal_size: prevent a checkpoint during the run.
            self.client.batch_execute("CHECKPOINT").await?;
        }
        self.client.batch_execute("BEGIN").await?;
        limit::update(&self.client, self.share(set)).await?;
        self.client.batch_execute("ROLLBACK").await?;
        let settle = include_str!("sql/set/settle.sql");
        self.client.batch_execute(settle).await?;
        // A rollback does not flush: this commit writes the rehearsal's WAL, so that no measured commit has to.
        self.client
            .batch_execute("SELECT pg_logical_emit_message(true, 'bench', '')")
            .await?;
        Ok(())
    }

    /// Devices have similar numbers of rows, so their share is that of the rows.
    pub fn share(&self, set: &Set) -> Share {
        if (set.devices.len() as i64) * 20 < self.end {
            Share::Small
        } else {
            Share::Large
        }
    }

    /// Checks that no device of the set is left in scope and that the records are redacted.
    pub async fn check(&self, by: &str) -> Result<(), Failure> {
        let row = self
            .client
            .query_one(include_str!("sql/set/left.sql"), &[])
            .await?;
        let (holding, unredacted): (i64, i64) = (row.get(0), row.get(1));
        if holding + unredacted > 0 {
            return Err(format!(
                "{by} is not right: {holding} places still hold a device, {unredacted} rows are not redacted"
            )
            .into());
        }
        Ok(())
    }

    /// The current WAL position, in bytes.
    pub async fn wal(&self) -> Result<i64, Failure> {
        let row = self
            .client
            .query_one("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint", &[])
            .await?;
        Ok(row.get(0))
    }

    /// Removes dead rows between the rounds.
    pub async fn vacuum(&self) -> Result<(), Failure> {
        for table in [
            "recording",
            "recording_media",
            "sms_message",
            "contact_attempt",
            "contact_device",
            "contact",
        ] {
            self.client
                .batch_execute(&format!("VACUUM contact_centre.{table}"))
                .await?;
        }
        Ok(())
    }
}
