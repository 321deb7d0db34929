//! docs/reference/metrics.md: the families, from the source that writes them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::page::read;
use super::messages::literal;
use super::{cell, compare, generated_from};

#[test]
fn the_page_lists_every_metric() {
    let source = read("src/cli/metrics.rs");
    let names = names(&source);
    let families = source
        .split("const FAMILIES")
        .nth(1)
        .and_then(|rest| rest.split("];").next())
        .and_then(|array| array.split_once("= ["))
        .expect("the families")
        .1;
    let mut page = format!(
        "# Metrics\n\n{}\n{}\n\n| metric | type | |\n|---|---|---|\n",
        generated_from("`src/cli/metrics.rs`"),
        "Written to `metrics_file`, or `--metrics-file`, in Prometheus' text format, every few seconds during a run and at its end. Counters continue from the \
         values in the file, so use one file per job. No label contains a file, a case or a device. [Monitor](../how-to/dba.md#8-monitor) has alerts."
    );
    let mut listed = 0;
    for entry in families
        .split("Kind::")
        .skip(1)
        .zip(families.split("Kind::"))
    {
        let (after, before) = entry;
        let constant = before
            .rsplit(|c: char| !c.is_ascii_uppercase() && c != '_')
            .find(|word| names.contains_key(*word));
        let name = &names[constant.expect("a name")];
        let kind = after.split(|c: char| !c.is_alphabetic()).next().unwrap();
        let help = literal(&after[after.find('"').expect("a help text")..]);
        let _ = writeln!(
            page,
            "| `{name}` | {} | {} |",
            kind.to_lowercase(),
            cell(&help)
        );
        listed += 1;
    }
    assert_eq!(listed, names.len(), "each metric is in FAMILIES");
    page.push_str(LABELS);
    compare("metrics.md", &page);
}

/// The constants with the names of metrics.
fn names(source: &str) -> BTreeMap<&str, String> {
    let lines = source.lines().filter_map(|line| {
        let (name, value) = line.split_once(": &str = \"lethe_")?;
        let name = name.rsplit(' ').next()?;
        Some((name, format!("lethe_{}", value.trim_end_matches("\";"))))
    });
    lines.collect()
}

const LABELS: &str = "
## Labels

| label | values |
|---|---|
| `action` | `forget`, `export` |
| `outcome` of `lethe_devices_total` | `success`, `not_found`, `error` |
| `outcome` of `lethe_media_objects_total` | `deleted`; `kept`, because another recording names the object |
| `state` | the state in which a pass left a submission |
| `table` | schema and table |
| `version` | the version that wrote the file |
";
