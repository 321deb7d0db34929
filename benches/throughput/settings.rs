//! What the whole benchmark has in common: how it fails, and how a profile is taken.

/// Any error ends the benchmark; nothing handles one.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Settings of the private cluster that a profile needs. It counts nothing before the profile begins.
pub const PROFILING: [(&str, &str); 3] = [
    ("shared_preload_libraries", "pg_stat_statements"),
    ("pg_stat_statements.track", "none"),
    ("pg_stat_statements.track_planning", "on"),
];
