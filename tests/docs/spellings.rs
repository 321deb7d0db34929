//! The examples of the page on spellings, each judged by the recogniser.

use lethe::domain::device::{Device, DeviceKind};
use lethe::domain::recogniser::{Certainty, Countries, Recogniser, Shape};

const PAGE: &str = include_str!("../../docs/explanation/spellings.md");
const KINDS: [DeviceKind; 3] = [DeviceKind::Phone, DeviceKind::Email, DeviceKind::Ipaddr];

/// The cells of the rows whose first cell is an example.
fn examples() -> Vec<Vec<&'static str>> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
    let cells = |row: &'static str| {
        let cells = row
            .trim_start_matches('|')
            .trim_end_matches('|')
            .split(" | ");
        cells
            .map(|cell| cell.trim_matches(['|', ' ']).trim_matches('`'))
            .collect()
    };
    rows.map(cells).collect()
}

/// The judgement on a value, and what would be replaced.
fn judge(value: &str, country: &str, device: &str) -> (&'static str, String) {
    let mut parsed = KINDS
        .iter()
        .filter_map(|kind| Device::parse(*kind, device).ok());
    let recogniser = Recogniser::new(&[parsed.next().expect("it is a device")]);
    let unknown = Countries::unknown();
    let countries = match country.split_once(' ') {
        Some(("row", code)) => unknown.with_row(Some(code)),
        Some(("account", code)) => unknown.with_account(code, ""),
        _ => unknown,
    };
    let found = recogniser.find(value, Shape::Text, &countries);
    assert!(found.len() <= 1, "{value}");
    match found.first() {
        None => ("no", String::new()),
        Some(one) => {
            let replaced = value[one.range.clone()].to_owned();
            match one.certainty {
                Certainty::Certain => ("certain", replaced),
                Certainty::Possible => ("possible", replaced),
            }
        }
    }
}

#[test]
fn the_recogniser_judges_as_the_page_says() {
    let examples = examples();
    assert!(examples.len() > 45, "{}", examples.len());
    for cells in examples {
        let [value, country, device, judgement, replaced] = cells[..] else {
            panic!("{cells:?}");
        };
        let judged = judge(value, country, device);
        assert_eq!(
            judged,
            (judgement, replaced.to_owned()),
            "{value} {country}"
        );
    }
}
