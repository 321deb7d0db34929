//! The benchmark at a tiny scale, in one round: it works and measures what it claims. Speed is not tested.

use clap::Parser as _;

#[path = "../../benches/throughput/benchmark.rs"]
mod benchmark;

use benchmark::{Options, run};

#[test]
fn every_line_is_measured_and_every_variant_changes_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    let options = Options::parse_from([
        "throughput",
        "--scale=0.002",
        "--rounds=1",
        "--devices=30",
        "--many=60",
        "--idle=0.5",
        "--contacts=200",
        "--export-bytes=80000000",
        "--setting=shared_buffers=64MB",
        "--setting=min_wal_size=80MB",
        "--setting=fsync=off",
        "--profile",
        "--json",
        json.to_str().unwrap(),
        &format!("--write-docs={}", folder.path().display()),
    ]);
    // Each variant's rows are compared with an earlier count, and its devices are searched for afterwards.
    run(&options).unwrap();

    let figures: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    let lines = figures["lines"].as_array().unwrap();
    for words in [
        "warm: lethe / limit, one worker",
        "after a checkpoint: naive / lethe",
        "warm: pipelined / lethe",
        "forget 60 devices, warm: lethe / limit",
        "whole command for 10 devices",
        "growth",
        "none of 60 devices found",
        "p99 while forgetting / p99 idle",
        "beside it",
        "zipped",
        "peak memory: export",
        "peak memory: submission",
    ] {
        let named: Vec<_> = lines
            .iter()
            .filter(|line| line["name"].as_str().unwrap().contains(words))
            .collect();
        assert!(!named.is_empty(), "no figure {words}: {lines:?}");
        for line in named {
            assert!(line["value"].as_f64().is_some_and(|v| v > 0.0), "{line}");
        }
    }
    // An archive is never held in memory: this one alone would take 76 MiB.
    let memory =
        |line: &&serde_json::Value| line["name"].as_str().unwrap().contains("memory: export");
    let peak = lines.iter().find(memory).unwrap()["value"].as_f64();
    assert!(peak.unwrap() < 60.0, "{peak:?} MiB");
    let page = std::fs::read_to_string(folder.path().join("performance.md")).unwrap();
    assert!(page.contains("| lethe, 2 workers"), "{page}");
    assert!(page.contains("## Where the time goes"), "{page}");
    let profiles = figures["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), 4);
    for profile in profiles {
        let statements = profile["statements"].as_array().unwrap();
        assert!(statements.len() > 5, "{profile}");
    }
    let picture = std::fs::read_to_string(folder.path().join("throughput.svg")).unwrap();
    assert_eq!(picture.matches("<rect").count(), 1 + 12);
    let measured = figures["measured"].as_array().unwrap();
    // Six variants in two states, two with few and two with many devices, the growth.
    assert_eq!(measured.len(), 12 + 2 + 2 + 2);
    for variant in measured {
        let run = &variant["runs"][0];
        for name in ["rows", "changed", "wal_bytes"] {
            assert!(run[name].as_u64().unwrap() > 0, "{name}: {variant}");
        }
        let rows_per_device = run["rows"].as_f64().unwrap() / variant["devices"].as_f64().unwrap();
        assert!((10.0..40.0).contains(&rows_per_device), "{variant}");
    }
}
