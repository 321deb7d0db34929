//! The test vectors for receipts (fixtures/receipts): lethe and openssl judge each as its README says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const LETHE: &str = env!("CARGO_BIN_EXE_lethe");

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/receipts")
}

fn receipts(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(vectors().join(folder)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder}");
    files
}

fn lethe(words: &[&str]) -> Output {
    let empty = tempfile::tempdir().unwrap();
    Command::new(LETHE)
        .args(["receipt", "verify", "--public-key"])
        .arg(vectors().join("lethe.pub"))
        .args(words)
        .env("XDG_CONFIG_HOME", empty.path())
        .env("XDG_DATA_HOME", empty.path())
        .env_remove("LETHE_CONFIG")
        .output()
        .unwrap()
}

/// Whether openssl accepts the signature, by the commands of docs/how-to/receipts.md; `None` where there is no openssl.
fn openssl(file: &Path) -> Option<bool> {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("skipped: openssl is not installed here");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
        set -e
        sed '/^  "signature": "/,$d' "$1" > signed
        sed -n 's/^  "signature": "\(.*\)"$/\1/p' "$1" | base64 -d > signature
        test -s signature
        openssl pkeyutl -verify -pubin -inkey "$2" -rawin -in signed -sigfile signature"#;
    let output = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(file)
        .arg(vectors().join("lethe.pub"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    Some(output.status.success())
}

#[test]
fn genuine_receipts_are_accepted() {
    for file in receipts("good") {
        let verified = lethe(&[file.to_str().unwrap()]);
        assert_eq!(verified.status.code(), Some(0), "{}", file.display());
        assert_ne!(openssl(&file), Some(false), "{}", file.display());
    }
    let chain = lethe(&["--chain", vectors().join("good").to_str().unwrap()]);
    assert_eq!(chain.status.code(), Some(0));
}

#[test]
fn forged_receipts_are_refused() {
    let mut forged = 0;
    for entry in fs::read_dir(vectors()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.starts_with("forged-") {
            continue;
        }
        forged += 1;
        for file in receipts(&name) {
            let verified = lethe(&[file.to_str().unwrap()]);
            assert_eq!(verified.status.code(), Some(3), "{}", file.display());
            assert_ne!(openssl(&file), Some(true), "{}", file.display());
        }
    }
    assert_eq!(forged, 5);
}

/// Their signatures are good; what is wrong is where they are.
#[test]
fn genuine_receipts_in_the_wrong_place_are_refused() {
    for file in receipts("renamed") {
        assert_ne!(openssl(&file), Some(false), "{}", file.display());
        let verified = lethe(&[file.to_str().unwrap()]);
        assert_eq!(verified.status.code(), Some(3), "{}", file.display());
    }
    for file in receipts("incomplete") {
        assert_ne!(openssl(&file), Some(false), "{}", file.display());
    }
    let chain = lethe(&["--chain", vectors().join("incomplete").to_str().unwrap()]);
    assert_eq!(chain.status.code(), Some(3));
}

#[test]
fn the_readme_names_each_vector() {
    let readme = fs::read_to_string(vectors().join("README.md")).unwrap();
    for entry in fs::read_dir(vectors()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            assert!(readme.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}
