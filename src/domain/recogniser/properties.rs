//! What holds for every device, every spelling and every text around it.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::surroundings::is_compact_date;
use super::*;
use crate::domain::numbering::NumberingPlan;

/// A number that may be assigned, of any country.
#[derive(Debug, Clone)]
struct Assigned {
    code: &'static str,
    national: String,
}

impl Assigned {
    fn digits(&self) -> String {
        format!("{}{}", self.code, self.national)
    }

    fn plan(&self) -> &'static NumberingPlan {
        NumberingPlan::of_code(self.code).unwrap()
    }

    fn device(&self) -> Device {
        Device::parse(DeviceKind::Phone, &format!("+{}", self.digits())).unwrap()
    }
}

/// The first two digits and the length of national numbers.
fn shapes(plan: &NumberingPlan) -> Vec<(usize, usize)> {
    let all = (0..100).flat_map(|prefix| (4..13).map(move |length| (prefix, length)));
    let total = |length: usize| plan.code.len() + length;
    all.filter(|(prefix, length)| {
        let national = format!("{prefix:02}{}", "0".repeat(length - 2));
        let national = national.as_bytes();
        (7..=15).contains(&total(*length)) && plan.assigns(national) && plan.has(national)
    })
    .collect()
}

fn assigned() -> impl Strategy<Value = Assigned> {
    let of_code = |code| {
        let plan = NumberingPlan::of_code(code).unwrap();
        let shapes = shapes(plan);
        (!shapes.is_empty()).then_some((plan.code, shapes))
    };
    let all: Vec<_> = NumberingPlan::all()
        .filter_map(|plan| of_code(plan.code))
        .collect();
    // Half of them from countries in which many numbers are written.
    let common = [
        "1", "7", "33", "34", "39", "44", "45", "49", "61", "65", "81", "86", "91",
    ];
    let common: Vec<_> = common.into_iter().filter_map(of_code).collect();
    let parts = (
        prop_oneof![select(common), select(all)],
        any::<Index>(),
        "[0-9]{15}",
    );
    parts.prop_map(|((code, shapes), shape, digits)| {
        let (prefix, length) = shapes[shape.index(shapes.len())];
        let national = format!("{prefix:02}{}", &digits[..length - 2]);
        Assigned { code, national }
    })
}

/// A way to write a number.
#[derive(Debug, Clone, Copy)]
enum Form {
    Plus,
    PlusAndZero,
    ExitCode,
    Digits,
    Trunk,
    National,
}

fn form() -> impl Strategy<Value = Form> {
    select(vec![
        Form::Plus,
        Form::PlusAndZero,
        Form::ExitCode,
        Form::Digits,
        Form::Trunk,
        Form::National,
    ])
}

/// Separators, and where they go.
#[derive(Debug, Clone)]
struct Grouping {
    separator: &'static str,
    places: Vec<Index>,
}

fn grouping() -> impl Strategy<Value = Grouping> {
    let separators = vec![" ", "-", ".", "/", "\u{a0}", " - ", "\u{2011}", "  "];
    let places = proptest::collection::vec(any::<Index>(), 0..4);
    (select(separators), places).prop_map(|(separator, places)| Grouping { separator, places })
}

/// Digits in groups.
fn grouped(digits: &str, grouping: &Grouping) -> String {
    let mut places: Vec<usize> = grouping
        .places
        .iter()
        .map(|at| at.index(digits.len()))
        .collect();
    places.sort_unstable();
    places.dedup();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && places.contains(&at) {
            text.push_str(grouping.separator);
        }
        text.push(digit);
    }
    text
}

/// The number in a form, and whether its row has to say its country for it to be certain. `None` if it has no such form.
fn spelled(number: &Assigned, form: Form, grouping: &Grouping) -> Option<String> {
    let plan = number.plan();
    let blanks = Grouping {
        separator: " ",
        places: Vec::new(),
    };
    // Dates and decimal fractions are written with the other separators, and North American numbers in groups of their own.
    let national = |digits: &str| match (number.code, number.national.len()) {
        ("1", 10) => format!(
            "({}) {}-{}",
            &number.national[..3],
            &number.national[3..6],
            &number.national[6..]
        ),
        _ => grouped(digits, &blanks),
    };
    Some(match form {
        Form::Plus => format!("+{}", grouped(&number.digits(), grouping)),
        Form::PlusAndZero => {
            if number.national.starts_with('0') {
                return None;
            }
            format!(
                "+{} (0){}",
                number.code,
                grouped(&number.national, grouping)
            )
        }
        Form::ExitCode => format!("00{}", grouped(&number.digits(), grouping)),
        Form::Digits => {
            let digits = number.digits();
            let is_other = plan.writes(digits.as_bytes())
                || !plan.needs_trunk() && plan.has(digits.as_bytes());
            if is_other || is_compact_date(digits.as_bytes()) {
                return None;
            }
            digits
        }
        Form::Trunk => {
            let trunk = plan.trunks.first().filter(|trunk| **trunk != plan.code)?;
            let digits = format!("{trunk}{}", number.national);
            if is_compact_date(digits.as_bytes()) || digits.starts_with("00") || digits.len() < 7 {
                return None;
            }
            national(&digits)
        }
        Form::National => {
            if is_compact_date(number.national.as_bytes())
                || number.national.starts_with("00")
                || number.national.len() < 7
            {
                return None;
            }
            national(&number.national)
        }
    })
}

fn before() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "call ",
        "tel:",
        "<",
        "\"",
        "(",
        "p=",
        "Ann, ",
        "sip:",
        "x\n",
        "7\t",
        "{",
        "é ",
        "5, ",
        "whatsapp:",
        "+44 20 7946 0100, ",
        "2025-11-30: ",
        "/",
    ])
}

fn after() -> impl Strategy<Value = &'static str> {
    select(vec![
        "", " now", ";ext=5", " x5", "\"", ")", ",b", "\n7", ">", "}", "&q=1", ". Then", "; 17",
        "|", "\t2025", ":5060",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_number_is_found_in_every_spelling(
        number in assigned(), form in form(), grouping in grouping(), before in before(), after in after(),
    ) {
        let Some(written) = spelled(&number, form, &grouping) else {
            return Ok(());
        };
        let value = format!("{before}{written}{after}");
        let recogniser = Recogniser::new(&[number.device()]);
        let countries = Countries::unknown().with_row(Some(number.code));
        let found = recogniser.find(&value, Shape::Text, &countries);
        prop_assert_eq!(&found, &recogniser.examine(&value, Shape::Text, &countries));
        prop_assert_eq!(found.len(), 1, "{:?}", value);
        prop_assert_eq!(found[0].certainty, Certainty::Certain, "{:?}", value);
        // Brackets around the whole number may be replaced with it.
        prop_assert_eq!(value[found[0].range.clone()].trim_matches(['(', ')']), written.trim_matches(['(', ')']), "{:?}", value);

        let replacement = Replacement::new("anon-phone-q2").unwrap();
        let rewritten = rewrite(&value, Shape::Text, &[(found[0].range.clone(), replacement)]);
        prop_assert_eq!(recogniser.examine(&rewritten, Shape::Text, &countries), vec![]);
        prop_assert!(rewritten.starts_with(before.trim_end_matches('(')) && rewritten.ends_with(after.trim_start_matches(')')));
    }

    #[test]
    fn another_number_is_never_taken_for_it(
        number in assigned(), other in assigned(), form in form(), grouping in grouping(), before in before(), after in after(),
        like in 0..6_usize, at in any::<Index>(), digit in 1..10_u8, row in any::<bool>(),
    ) {
        // A device that resembles the stored number: in its end, its beginning, all digits but one, or its national digits.
        let stored = number.digits();
        let wanted = match like {
            0 => format!("{}{}", other.code, &number.national),
            1 => format!("{stored}{digit}"),
            2 => stored[..stored.len() - 1].to_owned(),
            3 => {
                let mut digits = stored.clone().into_bytes();
                let at = at.index(digits.len());
                digits[at] = b'0' + (digits[at] - b'0' + digit) % 10;
                String::from_utf8(digits).unwrap()
            }
            4 => number.national.clone(),
            _ => format!("{digit}{stored}"),
        };
        let Ok(device) = Device::parse(DeviceKind::Phone, &format!("+{wanted}")) else {
            return Ok(());
        };
        if wanted == stored {
            return Ok(());
        }
        let Some(written) = spelled(&number, form, &grouping) else {
            return Ok(());
        };
        // In text, digits that begin with the country code are not a national number without its trunk prefix.
        let is_bare = matches!(form, Form::National) && number.plan().needs_trunk();
        if is_bare && number.national.starts_with(number.code) {
            return Ok(());
        }
        let value = format!("{before}{written}{after}");
        let countries = match row {
            true => Countries::unknown().with_row(Some(number.code)),
            false => Countries::unknown().with_account(number.code, ""),
        };
        let recogniser = Recogniser::new(&[device]);
        let found = recogniser.find(&value, Shape::Text, &countries);
        prop_assert_eq!(&found, &recogniser.examine(&value, Shape::Text, &countries));
        let is_certain = |one: &Occurrence| one.certainty == Certainty::Certain;
        prop_assert!(!found.iter().any(is_certain), "{:?} for +{}", value, wanted);
    }

    /// Texts of the characters that matter, most of which hold nothing, for devices that they often nearly hold.
    #[test]
    fn the_filter_loses_nothing(pieces in proptest::collection::vec(select(PIECES.to_vec()), 0..14), shape in select(SHAPES.to_vec()), code in select(vec!["", "1", "44", "298"])) {
        let value = pieces.concat();
        let devices = DEVICES.map(|(kind, text)| Device::parse(kind, text).unwrap());
        let recogniser = Recogniser::new(&devices);
        let countries = Countries::unknown().with_account(code, "");
        let found = recogniser.find(&value, shape, &countries);
        prop_assert_eq!(&found, &recogniser.examine(&value, shape, &countries), "{:?}", value);
        // In a row among others it is a candidate as well.
        if !found.is_empty() && !value.contains(['\n', '\\']) {
            let chunk = format!("1\tBob\n{value}\t2\n");
            prop_assert!(recogniser.candidate_rows(chunk.as_bytes()).any(|row| row.bytes().starts_with(value.as_bytes())));
        }
    }
}

const SHAPES: [Shape; 4] = [Shape::Text, Shape::Number, Shape::Json, Shape::Row];

const DEVICES: [(DeviceKind, &str); 9] = [
    (DeviceKind::Phone, "+12025550147"),
    (DeviceKind::Phone, "+442079460100"),
    (DeviceKind::Phone, "+298201234"),
    (DeviceKind::Phone, "+1234567"),
    (DeviceKind::Email, "ann@example.com"),
    (DeviceKind::Email, "a@bücher.example"),
    (DeviceKind::Ipaddr, "192.0.2.77"),
    (DeviceKind::Ipaddr, "3fff::1"),
    (DeviceKind::Ipaddr, "::192.0.2.1"),
];

const PIECES: [&str; 64] = [
    "+",
    "1",
    "0",
    "00",
    "011",
    "44",
    "(0)",
    "202",
    "555",
    "0147",
    "5550147",
    "2025550147",
    "12025550147",
    "20",
    "7946",
    "0100",
    "2079460100",
    "298",
    "201234",
    "234567",
    "1234567",
    " ",
    "-",
    ".",
    "/",
    "(",
    ")",
    "\u{a0}",
    "\u{2011}",
    ",",
    ";",
    ":",
    "::",
    "@",
    "ann",
    "example.com",
    "Example",
    ".COM",
    "a",
    "bücher.example",
    "xn--bcher-kva.example",
    "bu\u{308}cher",
    "192.0.2.77",
    "192",
    "0.2.77",
    "ffff",
    "c000:24d",
    "3fff",
    "0:0",
    "/32",
    "\"",
    "{",
    "}",
    "\\u002b",
    "\\/",
    "\\\\u0040",
    "%40",
    "%2B",
    "%20",
    "&#43;",
    "&amp;",
    "x",
    "\t",
    "é",
];
