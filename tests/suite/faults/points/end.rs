//! The state after a run: every table and every file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::scenes::Scene;
use crate::support::{Db, Harness, anonymous_names, dump, unzip};

/// Tables and files by name. Times, IDs, keys and digests are left out, as they differ between runs; placeholders are renamed.
#[derive(Debug, PartialEq, Eq)]
pub struct End(BTreeMap<String, String>);

const LEDGER: [(&str, &str); 6] = [
    (
        "submission",
        "SELECT to_jsonb(s) - '{submission_id,digest_key,digest,received_at,answered_at,answered_by_server,completed_at,purged_at,started_at,wished_at,begun_lsn,begun_xid,resumed_at,resumed_answered}'::text[],
             digest IS NULL, digest_key IS NULL, answered_at IS NULL, completed_at IS NULL, purged_at IS NULL
         FROM lethe.submission s ORDER BY drop_name, file_name",
    ),
    (
        "request",
        "SELECT file_name, to_jsonb(r) - 'submission_id' FROM lethe.request r JOIN lethe.submission USING (submission_id) ORDER BY 1, request",
    ),
    (
        "contact",
        "SELECT file_name, to_jsonb(c) - 'submission_id' FROM lethe.contact c LEFT JOIN lethe.submission USING (submission_id) ORDER BY 1, request, contact",
    ),
    (
        "table_count",
        "SELECT file_name, table_name, sum(row_count) FROM lethe.table_count JOIN lethe.submission USING (submission_id) GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    (
        "result",
        "SELECT s.file_name, r.file_name, r.digest IS NULL, published_at IS NULL FROM lethe.result r JOIN lethe.submission s USING (submission_id) ORDER BY 1, 2
         ",
    ),
    (
        "duplicate",
        "SELECT file_name, ordinal, lethe.duplicate.answered_at IS NULL FROM lethe.duplicate JOIN lethe.submission USING (submission_id) ORDER BY 1, 2",
    ),
];
const MEDIA: &str =
    "SELECT file_name, request, contact, table_name, row_key, deleted_at IS NULL, failure
    FROM lethe.media JOIN lethe.submission USING (submission_id) ORDER BY 1, 2, 3, 4, 5";

impl End {
    pub fn of(harness: &Harness, scene: &Scene) -> End {
        let mut end = End::in_folder(&harness.db, harness.dir.path());
        if harness.path("data/receipts").exists() {
            end.0.insert("the chain".to_owned(), chain(harness));
        }
        if let Some(store) = scene.store() {
            let versions = store.versions("calls").join("\n");
            end.0.insert("bucket".to_owned(), versions);
        }
        end
    }

    /// The state of any database and folder.
    pub fn in_folder(db: &Db, folder: &Path) -> End {
        let mut all = BTreeMap::new();
        let mut centre = String::new();
        for (table, rows) in dump(db) {
            // A row that appears after the first pass shares the placeholder of the others only within a session.
            let alone = |row: String| match row.contains("\"attempt_id\":99,") {
                true => anonymous_names(&row),
                false => row,
            };
            let rows: Vec<String> = rows.into_iter().map(alone).collect();
            centre += &format!("{table}\n{}\n", rows.join("\n"));
        }
        all.insert("the contact centre".to_owned(), anonymous_names(&centre));
        for (table, sql) in LEDGER.iter().copied().chain([("media", MEDIA)]) {
            all.insert(format!("lethe.{table}"), db.rows(sql).join("\n"));
        }
        for below in ["drop", "data/spool", "media"] {
            files(&folder.join(below), below, &mut all);
        }
        End(all)
    }

    /// The differences to an undisturbed run.
    pub fn same(&self, calm: &End) -> Result<(), String> {
        let names = self.0.keys().chain(calm.0.keys());
        let mut wrong: Vec<String> = names
            .filter(|name| self.0.get(*name) != calm.0.get(*name))
            .map(|name| {
                let of = |end: &End| end.0.get(name).map_or("(nothing)".to_owned(), Clone::clone);
                format!("{name}\n  now:  {}\n  calm: {}", of(self), of(calm))
            })
            .collect();
        wrong.sort();
        wrong.dedup();
        if wrong.is_empty() {
            return Ok(());
        }
        Err(wrong.join("\n"))
    }
}

/// Contents by path. The spool's folder is named after its database, so its name is left out.
fn files(folder: &Path, name: &str, all: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let file_name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            let shown = if name == "data/spool" {
                "ledger"
            } else {
                file_name
            };
            files(&path, &format!("{name}/{shown}"), all);
            continue;
        }
        let content = match file_name {
            zip if zip.ends_with(".zip") => format!("{:#?}", unzip(&path)),
            receipt if receipt.ends_with("-receipt.json") => receipt_at(&path),
            _ => String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned(),
        };
        all.insert(format!("{name}/{file_name}"), content);
    }
}

/// Receipts and the operator's copies, with their errors.
fn chain(harness: &Harness) -> String {
    let folder = harness.drop_folder();
    let words = [
        "receipt", "verify", "--format", "json", "--ledger", "--chain",
    ];
    let verified = harness.lethe(&[&words[..], &[folder.to_str().unwrap()]].concat());
    let chain = fs::read_dir(harness.path("data/receipts"));
    let chain = chain.unwrap().next().expect("there is one").unwrap().path();
    let mut names: Vec<_> = fs::read_dir(chain)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    let problems = &verified.json()["problems"];
    assert_eq!(verified.code, 0, "{problems}");
    format!("{problems}, {names:?}")
}

/// A receipt without what differs between runs: times, digests, the name of the chain.
fn receipt_at(path: &Path) -> String {
    let mut receipt: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let fields = receipt.as_object_mut().unwrap();
    for name in [
        "chain",
        "previous",
        "signature",
        "received",
        "begun",
        "answered",
        "made",
        "server_clock",
    ] {
        fields[name] = fields[name].is_string().into();
    }
    for digest in fields["files"].as_object_mut().unwrap().values_mut() {
        *digest = digest.is_string().into();
    }
    receipt.to_string()
}
