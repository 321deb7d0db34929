//! `cargo bench --bench throughput -- --help`

// Also a part of tests/docs/bench.rs; by its path, so that its own modules lie beside it.
#[path = "benchmark.rs"]
mod benchmark;

use clap::Parser as _;

fn main() -> Result<(), benchmark::Failure> {
    benchmark::run(&benchmark::Options::parse())
}
