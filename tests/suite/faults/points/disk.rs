//! A full disk: a small file system in memory, where the machine lets a test mount one.

use std::fs::{self, DirBuilder, File};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::Command;

use super::end::End;
use super::scenes::{DROP, RUN, SCENES};
use crate::support::Harness;

/// A mounted file system of a few pages; unmounted at the end.
struct Small<'a>(&'a Path);

impl Small<'_> {
    fn mount(at: &Path) -> Option<Small<'_>> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs"]);
        let output = mount.arg(at).output().ok()?;
        output.status.success().then_some(Small(at))
    }

    /// Fills it completely.
    fn fill(&self) {
        let mut file = File::create(self.0.join("filler")).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
    }

    fn empty(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

/// A FORGET and an EXPORT while `folder` is full, and again when it has space.
#[track_caller]
fn full(folder: &str) {
    let scene = &SCENES[0];
    let set_up = || {
        let mut harness = Harness::new();
        harness.db.run(super::scenes::ROWS);
        harness.config = DROP.into();
        for folder in ["drop/GDPR_Result", "data/spool"] {
            let mut builder = DirBuilder::new();
            let created = builder
                .recursive(true)
                .mode(0o700)
                .create(harness.path(folder));
            created.unwrap();
        }
        harness
    };
    let submit = |harness: &Harness| {
        for action in ["FORGET", "EXPORT"] {
            let name = format!("{}-20180315_a.json", action.to_lowercase());
            harness.submit(&name, super::scenes::requests(action));
        }
    };
    let calm = set_up();
    submit(&calm);
    calm.lethe(RUN).ok(3);
    let harness = set_up();
    let path = harness.path(folder);
    let Some(small) = Small::mount(&path) else {
        println!("skipped: nothing can be mounted here, so no disk is really full");
        return;
    };
    // This creates the ledger's folder in the spool.
    harness.lethe(RUN).ok(0);
    submit(&harness);
    let before = harness.dump();
    small.fill();
    let ended = harness.lethe(RUN).ok(1);
    assert!(ended.stderr.contains("run again"), "{}", ended.stderr);
    assert_eq!(
        harness.dump(),
        before,
        "nothing is changed of which no log can tell"
    );
    small.empty();
    harness.lethe(RUN).ok(3);
    End::of(&harness, scene)
        .same(&End::of(&calm, scene))
        .unwrap();
}

#[test]
fn a_full_result_folder_loses_nothing() {
    full("drop/GDPR_Result");
}

#[test]
fn a_full_spool_loses_nothing() {
    full("data/spool");
}
