//! Whoever can write a configuration decides what Lethe does: it is never read from the current folder, and never from where
//! anybody but root and the current user can write.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use crate::support::{Ended, Harness, ended};

/// Somebody else on this machine.
const OTHER: u32 = 2001;
const FORGET: &str = "forget-20180315_1.json";

/// A folder of the test's own, which only its user can write.
fn folder(harness: &Harness, name: &str) -> PathBuf {
    let path = harness.path(name);
    fs::create_dir(&path).unwrap();
    set_mode(&path, 0o755);
    path
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    set_mode(path, 0o644);
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Runs `lethe catalogue check` in a folder, with this configuration if any, and the user's own folder at `home`.
fn check(harness: &Harness, at: &Path, config: Option<&Path>, home: &str) -> Ended {
    let mut command = harness.command(&["catalogue", "check"]);
    let given = command.get_args().position(|word| word == "--config");
    assert_eq!(given, Some(2), "the harness names its own configuration");
    let mut own = std::process::Command::new(command.get_program());
    own.args(["catalogue", "check"]).current_dir(at);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => own.env(name, value),
            None => own.env_remove(name),
        };
    }
    if let Some(config) = config {
        own.arg("--config").arg(config);
    }
    command.env_clear();
    ended(
        own.env("XDG_CONFIG_HOME", home)
            .env("HOME", harness.dir.path())
            .output()
            .unwrap(),
    )
}

/// The command is refused: others can change `path`, and `hint` mends it.
#[track_caller]
fn refused(said: Ended, path: &Path, hint: &str) {
    let said = said.ok(2).stderr;
    assert!(said.contains("can be changed by other users"), "{said}");
    let named = said.contains(path.to_str().unwrap());
    assert!(named && said.contains(hint), "{path:?} {hint}: {said}");
}

#[test]
fn the_current_folder_has_no_configuration() {
    let harness = Harness::new();
    let here = folder(&harness, "here");
    write(&here.join("lethe.toml"), "nonsense = true\n");
    fs::create_dir(here.join("lethe")).unwrap();
    write(&here.join("lethe/lethe.toml"), "nonsense = true\n");
    // A relative folder of the user would be the current one.
    for home in ["", ".", "/nowhere"] {
        check(&harness, &here, None, home).ok(0);
    }
    // What is named is read.
    let named = check(&harness, &here, Some(Path::new("lethe.toml")), "");
    assert!(named.ok(2).stderr.contains("nonsense"));
}

#[test]
fn the_users_own_configuration_is_read() {
    let harness = Harness::new();
    let here = folder(&harness, "here");
    for home in ["xdg", ".config"] {
        let own = folder(&harness, home).join("lethe/lethe.toml");
        fs::create_dir(own.parent().unwrap()).unwrap();
        write(&own, "nonsense = true\n");
        let xdg = match home {
            "xdg" => harness.path("xdg").display().to_string(),
            // Below the home folder by default.
            _ => String::new(),
        };
        let said = check(&harness, &here, None, &xdg).ok(2).stderr;
        assert!(
            said.contains("nonsense") && said.contains(own.to_str().unwrap()),
            "{said}"
        );
        // What is named comes first.
        check(&harness, &here, Some(Path::new("/dev/null")), &xdg).ok(0);
        // It is refused like any other, not passed over.
        set_mode(&own, 0o666);
        refused(check(&harness, &here, None, &xdg), &own, "chmod go-w");
        fs::remove_file(&own).unwrap();
        symlink("/nowhere", &own).unwrap();
        let said = check(&harness, &here, None, &xdg).ok(2).stderr;
        assert!(said.contains("cannot read the configuration"), "{said}");
    }
}

#[test]
fn a_configuration_that_others_can_write_is_refused() {
    let harness = Harness::new();
    let here = folder(&harness, "here");
    let outer = folder(&harness, "etc");
    let inner = folder(&harness, "etc/lethe");
    let file = inner.join("lethe.toml");
    write(&file, "settle = \"0s\"\n");
    let tried = |path: &Path| check(&harness, &here, Some(path), "");
    tried(&file).ok(0);
    for (path, mode) in [(&outer, 0o755), (&inner, 0o755), (&file, 0o644)] {
        set_mode(path, mode | 0o020);
        refused(tried(&file), path, "chmod g-w");
        set_mode(path, mode | 0o002);
        refused(tried(&file), path, "chmod go-w");
        set_mode(path, mode);
    }
    // In a folder like /tmp nobody can replace the file of another user.
    set_mode(&outer, 0o1777);
    tried(&file).ok(0);
    // A link does not hide who can replace it, or what it leads to.
    let open = folder(&harness, "open");
    symlink(&file, open.join("link")).unwrap();
    tried(&open.join("link")).ok(0);
    set_mode(&open, 0o777);
    refused(tried(&open.join("link")), &open, "chmod go-w");
}

#[test]
fn the_file_of_another_user_is_refused_for_root_too() {
    if !is_root() {
        return;
    }
    let harness = Harness::new();
    let here = folder(&harness, "here");
    let home = folder(&harness, "anna");
    let file = home.join("lethe.toml");
    write(&file, "settle = \"0s\"\n");
    for path in [&home, &file] {
        chown(path, Some(OTHER), None).unwrap();
        let said = check(&harness, &here, Some(&file), "");
        refused(said, path, "chown root");
        chown(path, Some(0), None).unwrap();
    }
    check(&harness, &here, Some(&file), "").ok(0);
}

#[test]
fn a_catalogue_that_others_can_write_is_refused() {
    let mut harness = Harness::new();
    let catalogue = folder(&harness, "catalogue");
    let file = catalogue.join("contact_centre.toml");
    write(&file, lethe::catalogue::REFERENCE);
    harness.submit_contacts(FORGET, "110", r#"{"phone": "+1 617 555 0100"}"#);
    for declared in [&catalogue, &file] {
        harness.config = format!("catalogue = {declared:?}");
        for (path, mode) in [(&catalogue, 0o755), (&file, 0o644)] {
            set_mode(path, mode | 0o020);
            refused(harness.run(), path, "chmod g-w");
            set_mode(path, mode);
        }
    }
    assert!(harness.results().is_empty(), "nothing was answered");
    harness.run().ok(0);
}

#[test]
fn paths_in_a_configuration_begin_at_its_folder() {
    let mut harness = Harness::new();
    let here = folder(&harness, "here");
    // The current folder has other files of these names.
    write(&here.join("catalogue.toml"), "nonsense = true\n");
    for below in ["drops/acme/GDPR_Submit", "here/drops/acme/GDPR_Submit"] {
        fs::create_dir_all(harness.path(below)).unwrap();
    }
    write(&harness.path("catalogue.toml"), lethe::catalogue::REFERENCE);
    harness.config = "catalogue = \"catalogue.toml\"\nmetrics_file = \"lethe.prom\"\n\
         [receipt]\nkey = \"keys/key.pem\"\ncopies = \"copies\"\n\
         [care]\npath = \"care\"\n[media]\nfolder = \"media\"\n\
         [[drop]]\nname = \"acme\"\npath = \"drops/acme\"\naccounts = [\"110\"]\n"
        .into();
    for (below, phone) in [("drops/acme", "0100"), ("here/drops/acme", "0101")] {
        let text = format!(
            r#"{{"requests": [{{"accountid": "110", "type": "FORGET", "contacts": [{{"phone": "+1617555{phone}"}}]}}]}}"#
        );
        fs::write(harness.path(below).join("GDPR_Submit").join(FORGET), text).unwrap();
    }
    let in_folder =
        |words: &[&str]| ended(harness.command(words).current_dir(&here).output().unwrap()).ok(0);
    in_folder(&["keygen"]);
    in_folder(&["run", "--settle", "0s"]);
    for made in [
        "keys/key.pem",
        "lethe.prom",
        "drops/acme/GDPR_Result/forget-20180315_1-receipt.json",
    ] {
        assert!(harness.path(made).exists(), "{made}");
    }
    assert_eq!(fs::read_dir(harness.path("copies")).unwrap().count(), 1);
    assert!(!harness.path("here/drops/acme/GDPR_Result").exists());
}

#[test]
fn receipts_are_verified_with_a_key_that_others_cannot_replace() {
    let harness = Harness::new();
    let keygen = harness.lethe(&["keygen", "--format", "json"]).ok(0).json();
    let fingerprint = keygen["fingerprint"].as_str().unwrap().to_owned();
    harness.submit_contacts(FORGET, "110", r#"{"phone": "+1 617 555 0100"}"#);
    harness.run().ok(0);
    let receipt = harness.result_path("forget-20180315_1-receipt.json");
    let receipt = receipt.to_str().unwrap();
    let verify = |more: &[&str]| harness.lethe(&[&["receipt", "verify", receipt], more].concat());
    let said = verify(&[]).ok(0).stdout;
    assert!(said.contains(&fingerprint), "{said}");
    let json = verify(&["--format", "json"]).ok(0).json();
    assert_eq!(json["keys"][0]["fingerprint"], fingerprint);
    let text = verify(&["--receipt-text"]).ok(0);
    assert!(text.stderr.contains(&fingerprint), "{}", text.stderr);
    let (data, public) = (
        harness.path("data"),
        harness.path("data/receipt-key.pem.pub"),
    );
    for (path, mode, open) in [(&public, 0o644, 0o666), (&data, 0o755, 0o777)] {
        set_mode(path, open);
        let said = verify(&[]).ok(2).stderr;
        assert!(
            said.contains(path.to_str().unwrap()) && said.contains("--public-key"),
            "{said}"
        );
        // A key that is named is used, and the reader is warned.
        let named = verify(&["--public-key", public.to_str().unwrap()]).ok(0);
        assert!(
            named.stdout.contains("compare its fingerprint"),
            "{}",
            named.stdout
        );
        set_mode(path, mode);
    }
    // The key that signs is not used either where others can replace it.
    set_mode(&data, 0o777);
    let said = harness.run().ok(2).stderr;
    assert!(said.contains("can be replaced by other users"), "{said}");
}
