//! `cargo bench --bench throughput -- --help`

// Also included by tests/docs/bench.rs, so its modules are found by this path.
#[path = "benchmark.rs"]
mod benchmark;

use clap::Parser as _;

fn main() -> Result<(), benchmark::Failure> {
    benchmark::run(&benchmark::Options::parse())
}
