//! Follows a value search.

/// Follows a search table by table. Sizes are estimates.
pub(crate) trait SearchObserver {
    /// The search begins; the tables take so many bytes.
    fn begin(&self, bytes: u64);

    /// A table is read next; it takes so many bytes.
    fn table(&self, name: &str, bytes: u64);

    /// So many more bytes of it were read.
    fn read(&self, bytes: u64);

    /// The search has ended.
    fn end(&self);
}
