//! The recogniser: what it finds is in the value, its first pass loses nothing, and a value without what was certain is whole apart from that.

use lethe::domain::device::{Device, DeviceKind};
use lethe::domain::recogniser::{
    Certainty, Countries, Occurrence, Recogniser, Replacement, Shape, copy_fields, rewrite,
    sightings,
};

const DEVICES: [(DeviceKind, &str); 10] = [
    (DeviceKind::Phone, "+12025550147"),
    (DeviceKind::Phone, "+442079460100"),
    (DeviceKind::Phone, "+4930123456"),
    (DeviceKind::Phone, "+298201234"),
    (DeviceKind::Phone, "+1234567"),
    (DeviceKind::Email, "ann@example.com"),
    (DeviceKind::Email, "x@bücher.example"),
    (DeviceKind::Ipaddr, "192.0.2.77"),
    (DeviceKind::Ipaddr, "3fff::1"),
    (DeviceKind::Ipaddr, "::192.0.2.1"),
];

const SHAPES: [Shape; 4] = [Shape::Text, Shape::Number, Shape::Json, Shape::Row];

/// A row is changed again while it holds a device; more often than this it is reported.
const PASSES: usize = 3;

/// The first byte selects a country.
pub fn check(data: &[u8]) {
    let (first, rest) = data.split_first().unwrap_or((&0, &[]));
    let value = String::from_utf8_lossy(rest);
    let unknown = Countries::unknown();
    let countries = match first % 8 {
        0 => unknown,
        1 => unknown.with_row(Some("44")),
        2 => unknown.with_account("44", "0"),
        3 => unknown.with_account("49", ""),
        4 => unknown.with_account("298", ""),
        5 => unknown.with_catalogue("+1").with_row(Some("?")),
        _ => unknown.with_account("1", ""),
    };
    let devices = DEVICES.map(|(kind, text)| Device::parse(kind, text).expect("it is a device"));
    let recogniser = Recogniser::new(&devices);
    for shape in SHAPES {
        let found = recogniser.find(&value, shape, &countries);
        places(&value, &found);
        replaced(&recogniser, &value, shape, &countries);
    }
    nothing_is_lost(&recogniser, &value, &countries);
    in_a_row(&recogniser, &value, &countries);
    seen(&value, &countries);
    let parts: Vec<&str> = value.split('|').collect();
    for one in recogniser.find_split(Some(parts[0]), &parts[1..], &countries) {
        assert_eq!(one.ranges.len(), parts.len() - 1);
        for (part, range) in parts[1..].iter().zip(one.ranges) {
            assert!(range.is_none_or(|range| part.get(range).is_some()));
        }
    }
}

fn places(value: &str, found: &[Occurrence]) {
    for one in found {
        assert!(one.device < DEVICES.len());
        assert!(
            value
                .get(one.range.clone())
                .is_some_and(|text| !text.is_empty())
        );
    }
    assert!(found.is_sorted_by_key(|one| one.range.start));
}

/// What was certain is gone after some passes, a document is a document, and what is outside of the ranges is there.
fn replaced(recogniser: &Recogniser, value: &str, shape: Shape, countries: &Countries) {
    let is_document = serde_json::from_str::<serde_json::Value>(value).is_ok();
    let replacement = Replacement::new("anon-phone-q").expect("it is plain");
    let mut text = value.to_owned();
    for _ in 0..PASSES {
        let found = recogniser.find(&text, shape, countries);
        let certain = found
            .iter()
            .filter(|one| one.certainty == Certainty::Certain);
        let all: Vec<_> = certain
            .map(|one| (one.range.clone(), replacement))
            .collect();
        let Some(((first, _), (last, _))) = all.first().zip(all.last()) else {
            return;
        };
        let rewritten = rewrite(&text, shape, &all);
        assert!(rewritten.starts_with(&text[..first.start]));
        let end = all
            .iter()
            .map(|(range, _)| range.end)
            .max()
            .unwrap_or(last.end);
        assert!(rewritten.ends_with(&text[end..]));
        if is_document && matches!(shape, Shape::Json) {
            let read = serde_json::from_str::<serde_json::Value>(&rewritten);
            assert!(read.is_ok(), "a document is none any more: {rewritten}");
        }
        text = rewritten;
    }
    let left = recogniser.find(&text, shape, countries);
    let is_certain = |one: &Occurrence| one.certainty == Certainty::Certain;
    assert!(!left.iter().any(is_certain), "it is still there: {text}");
}

/// With an escape after it, the first pass lets every value through.
fn nothing_is_lost(recogniser: &Recogniser, value: &str, countries: &Countries) {
    let read = |value: &str| {
        let found = recogniser.find(value, Shape::Text, countries);
        let kept = found.into_iter().map(|one| (one.device, one.range));
        kept.collect::<Vec<_>>()
    };
    let mut slowly = read(&format!("{value}\n%41"));
    slowly.retain(|(_, range)| range.end <= value.len());
    assert_eq!(read(value), slowly);
}

/// As a field of COPY text it is a candidate, and read back as it is.
fn in_a_row(recogniser: &Recogniser, value: &str, countries: &Countries) {
    let mut field = value.replace('\\', "\\\\");
    for (c, escape) in [('\n', "\\n"), ('\t', "\\t"), ('\r', "\\r")] {
        field = field.replace(c, escape);
    }
    let chunk = format!("1\tBob\t\\N\n2\t{field}\t\\N\n3\tEve\t\\N\n");
    let rows: Vec<&[u8]> = recogniser
        .candidate_rows(chunk.as_bytes())
        .map(|row| row.bytes())
        .collect();
    assert!(rows.iter().all(|row| row.starts_with(b"2\t")), "{rows:?}");
    if !recogniser.find(value, Shape::Text, countries).is_empty() {
        assert_eq!(rows.len(), 1, "the row is no candidate");
    }
    for row in rows {
        let row = std::str::from_utf8(row).expect("the chunk is text");
        let fields: Vec<_> = copy_fields(row).collect();
        assert_eq!(fields.len(), 3);
        assert_eq!(fields[1].as_deref(), Some(value));
    }
}

/// What is seen is found when it is wanted.
fn seen(value: &str, countries: &Countries) {
    for one in sightings(value, Shape::Text, countries) {
        assert!(
            value
                .get(one.range.clone())
                .is_some_and(|text| !text.is_empty())
        );
        let Some(device) = one.device else {
            assert_eq!(one.certainty, Certainty::Possible);
            continue;
        };
        let found = Recogniser::new(&[device]).find(value, Shape::Text, countries);
        assert!(!found.is_empty(), "it is seen and not found: {value}");
    }
}
