//! The decision table, and what holds for every spelling.

use rstest::rstest;

use super::*;

const ADA: &str = "+12025550147";

fn device(text: &str) -> Device {
    let kinds = [DeviceKind::Phone, DeviceKind::Email, DeviceKind::Ipaddr];
    let mut devices = kinds
        .iter()
        .filter_map(|kind| Device::parse(*kind, text).ok());
    devices
        .next()
        .unwrap_or_else(|| panic!("{text} is not a device"))
}

/// What is found of a device: `certain TEXT spelling`, or nothing.
fn found_in(value: &str, shape: Shape, wanted: &str, countries: &Countries) -> String {
    let recogniser = Recogniser::new(&[device(wanted)]);
    let found = recogniser.find(value, shape, countries);
    assert_eq!(
        found,
        recogniser.examine(value, shape, countries),
        "the filter lost {value}"
    );
    let shown = found.iter().map(|one| {
        let certainty: &str = one.certainty.into();
        let spelling: &str = one.spelling.into();
        format!("{certainty} <{}> {spelling}", &value[one.range.clone()])
    });
    shown.collect::<Vec<_>>().join("; ")
}

fn found(value: &str, wanted: &str, countries: &Countries) -> String {
    found_in(value, Shape::Text, wanted, countries)
}

/// `row:44`, `account:1`, `catalogue:49`, or nothing.
fn countries(text: &str) -> Countries<'_> {
    let unknown = Countries::unknown();
    match text.split_once(':') {
        None => unknown,
        Some(("row", code)) => unknown.with_account("33", "").with_row(Some(code)),
        Some(("account", code)) => unknown.with_catalogue("33").with_account(code, ""),
        Some((_, code)) => unknown.with_catalogue(code),
    }
}

// Every row of databases/01 and 02, and the spellings of section 2a.
#[rstest]
#[case("+1 202 555 0147", "+1 202 555 0147", "separators")]
#[case("+12025550147", "+12025550147", "canonical")]
#[case("(202) 555-0147", "(202) 555-0147", "national")]
#[case("+1-202-555-0147", "+1-202-555-0147", "separators")]
#[case("202.555.0147", "202.555.0147", "national")]
#[case("0012025550147", "0012025550147", "exit-code")]
#[case("01112025550147", "01112025550147", "exit-code")]
#[case("011 1 202 555 0147", "011 1 202 555 0147", "exit-code")]
#[case("tel:+12025550147", "+12025550147", "uri")]
#[case("tel:+1-202-555-0147;ext=5", "+1-202-555-0147", "uri")]
#[case("sip:+12025550147@example.com", "+12025550147", "uri")]
#[case("sips:12025550147@example.com;transport=tls", "12025550147", "uri")]
#[case("<sip:2025550147@192.0.2.9:5060>", "2025550147", "uri")]
#[case("callto://+12025550147", "+12025550147", "uri")]
#[case("12025550147@s.whatsapp.net", "12025550147", "uri")]
#[case("+12025550147@example.com", "+12025550147", "uri")]
#[case("+12025550147;ext=5", "+12025550147", "extension")]
#[case("2025550147 x5", "2025550147", "extension")]
#[case("2025550147x5", "2025550147", "extension")]
#[case("202-555-0147 ext. 5", "202-555-0147", "extension")]
#[case("202-555-0147, ext 5", "202-555-0147", "extension")]
#[case("202-555-0147 #5", "202-555-0147", "extension")]
#[case("+1 (202) 555-0147", "+1 (202) 555-0147", "separators")]
#[case("whatsapp:+12025550147", "+12025550147", "uri")]
#[case(" +12025550147", "+12025550147", "canonical")]
#[case("+12025550147 ", "+12025550147", "canonical")]
#[case("2025550147", "2025550147", "national")]
#[case("202555 0147", "202555 0147", "national")]
#[case("12025550147", "12025550147", "digits")]
#[case("1-202-555-0147", "1-202-555-0147", "separators")]
#[case("1 (202) 555-0147", "1 (202) 555-0147", "separators")]
#[case("1/202/555/0147", "1/202/555/0147", "separators")]
#[case("(+1) 202 555 0147", "(+1) 202 555 0147", "separators")]
#[case(
    "+1\u{a0}202\u{a0}555\u{a0}0147",
    "+1\u{a0}202\u{a0}555\u{a0}0147",
    "separators"
)]
#[case("+1 202 555\u{2011}0147", "+1 202 555\u{2011}0147", "separators")]
#[case("[202] 555-0147", "[202] 555-0147", "national")]
#[case("call +1 202 555 0147 after 5", "+1 202 555 0147", "separators")]
#[case("Call (202) 555-0147, not later", "(202) 555-0147", "national")]
#[case("Tel.202-555-0147", "202-555-0147", "national")]
#[case("tel2025550147", "2025550147", "national")]
#[case("+44 20 7946 0100, +12025550147", "+12025550147", "canonical")]
#[case("2025550147;2025550199", "2025550147", "national")]
#[case("2025550199|2025550147", "2025550147", "national")]
#[case("2025550199/2025550147", "2025550147", "national")]
#[case("2025550147 2025550199", "2025550147", "national")]
#[case("(202) 555-0199 (202) 555-0147", "(202) 555-0147", "national")]
#[case("+12025550199\n+12025550147", "+12025550147", "canonical")]
#[case("2024-01-15 2025550147", "2025550147", "national")]
#[case("2025550147-20251130.wav", "2025550147", "national")]
#[case("phone=2025550147&x=1", "2025550147", "national")]
#[case(
    "https://example.com/?from=%2B12025550147&to=x",
    "%2B12025550147",
    "escaped"
)]
#[case("a%2012025550147", "12025550147", "digits")]
#[case("{+12025550147,x}", "+12025550147", "canonical")]
#[case("\"phone\"=>\"+12025550147\"", "+12025550147", "canonical")]
#[case("<p>+12025550147</p>", "+12025550147", "canonical")]
#[case(
    "<p>&#43;1&nbsp;202 555 0147</p>",
    "&#43;1&nbsp;202 555 0147",
    "escaped"
)]
#[case("<![CDATA[+1 202 555 0147]]>", "+1 202 555 0147", "separators")]
#[case("{\"p\":\"+12025550147\"}", "+12025550147", "canonical")]
#[case("{\"p\":\"\\u002b12025550147\"}", "\\u002b12025550147", "escaped")]
#[case("{\"p\":\"202\\/555\\/0147\"}", "202\\/555\\/0147", "escaped")]
#[case(
    "{\"a\":\"{\\\"p\\\":\\\"+1 202 555 0147\\\"}\"}",
    "+1 202 555 0147",
    "separators"
)]
#[case(
    "{\"a\":\"{\\\"p\\\":\\\"\\\\u002b1 202 555 0147\\\"}\"}",
    "\\\\u002b1 202 555 0147",
    "escaped"
)]
#[case("12025550147.0", "12025550147", "digits")]
#[case("电话2025550147", "2025550147", "national")]
fn a_north_american_number_is_certain(
    #[case] value: &str,
    #[case] range: &str,
    #[case] spelling: &str,
    #[values("account:1", "catalogue:+1", "row:1", "row:US")] context: &str,
) {
    let expected = format!("certain <{range}> {spelling}");
    assert_eq!(found(value, ADA, &countries(context)), expected);
}

#[rstest]
#[case("9912025550147")]
#[case("120255501470")]
#[case("202555014")]
#[case("+442025550147")]
#[case("+44 202 555 0147")]
#[case("0044 202 555 0147")]
#[case("+1 202 555 0148")]
#[case("+1 302 555 0147")]
#[case("2025\t550147")]
#[case("2025\n550147")]
#[case("2025,550147")]
#[case("2025;550147")]
#[case("202--555--0147")]
#[case("550e8400-e29b-41d4-a716-122025550147")]
#[case("12025550-1470-41d4-a716-446655440000")]
#[case("a1b2025550147")]
#[case("order_2025550147_7")]
#[case("2025-55-01 47")]
#[case("1764511377")]
#[case("02025550147")]
#[case("1.2.0.2.5.5.5.0.1.4.8")]
#[case("ada12025550147x")]
fn another_value_does_not_hold_a_north_american_number(
    #[case] value: &str,
    #[values("account:1", "row:1")] context: &str,
) {
    let found = found(value, ADA, &countries(context));
    assert!(!found.contains("certain"), "{found}");
}

#[rstest]
#[case("9912025550147", "account:1")]
#[case("+44 202 555 0147", "account:1")]
#[case("2025550147", "row:44")]
#[case("12025550147", "row:44")]
#[case("5550147", "row:44")]
#[case("2025550147", "account:44")]
#[case("2025-11-30 14:02:57", "account:1")]
#[case("1202555 014", "account:1")]
fn a_stranger_is_not_found(#[case] value: &str, #[case] context: &str) {
    assert_eq!(found(value, ADA, &countries(context)), "");
}

#[rstest]
// No country is known.
#[case("2025550147", "", "possible <2025550147> national")]
#[case("(202) 555-0147", "", "possible <(202) 555-0147> national")]
#[case("2025550147", "row:somewhere", "possible <2025550147> national")]
// Fewer digits.
#[case("5550147", "account:1", "possible <5550147> partial")]
#[case("555-0147", "", "possible <555-0147> partial")]
// Two fields, or an odd number.
#[case("2025 550147", "account:1", "possible <2025 550147> national")]
// Another number may begin or end here.
#[case("44 202 555 0147", "account:1", "possible <202 555 0147> national")]
// Something else.
#[case("INV-2025550147", "account:1", "possible <2025550147> national")]
#[case("#2025550147", "account:1", "possible <2025550147> national")]
#[case("USD2025550147", "account:1", "possible <2025550147> national")]
#[case("$2025550147", "account:1", "possible <2025550147> national")]
#[case("12025550147@example.com", "account:1", "possible <12025550147> uri")]
#[case("2025550147.25", "account:1", "possible <2025550147> national")]
// International whatever the context.
#[case("+1 202 555 0147", "row:44", "certain <+1 202 555 0147> separators")]
#[case("00 1 202 555 0147", "row:44", "certain <00 1 202 555 0147> exit-code")]
#[case("12025550147", "", "certain <12025550147> digits")]
#[case("12025550147", "account:44", "certain <12025550147> digits")]
#[case("12025550147", "account:49", "certain <12025550147> digits")]
#[case("+12025550147", "", "certain <+12025550147> canonical")]
#[case(
    "0011 1 202 555 0147",
    "account:61",
    "certain <0011 1 202 555 0147> exit-code"
)]
#[case("001112025550147", "", "possible <001112025550147> exit-code")]
#[case(
    "+1 202 555 0147 5 times",
    "account:1",
    "certain <+1 202 555 0147> separators"
)]
fn the_context_decides(#[case] value: &str, #[case] context: &str, #[case] expected: &str) {
    assert_eq!(found(value, ADA, &countries(context)), expected);
}

#[rstest]
// The United Kingdom: ten digits after a trunk prefix.
#[case(
    "+44 20 7946 0100",
    "account:44",
    "020 7946 0100",
    "certain <020 7946 0100> national"
)]
#[case(
    "+44 20 7946 0100",
    "account:44",
    "(020) 7946 0100",
    "certain <(020) 7946 0100> national"
)]
#[case(
    "+44 20 7946 0100",
    "account:44",
    "(0)20 7946 0100",
    "certain <(0)20 7946 0100> national"
)]
#[case(
    "+44 20 7946 0100",
    "account:44",
    "20 7946 0100",
    "certain <20 7946 0100> national"
)]
#[case(
    "+44 20 7946 0100",
    "account:44",
    "79460100",
    "possible <79460100> partial"
)]
#[case(
    "+44 20 7946 0100",
    "account:44",
    "+44 (0)20 7946 0100",
    "certain <+44 (0)20 7946 0100> country-and-trunk"
)]
#[case(
    "+44 20 7946 0100",
    "account:44",
    "+44(0)2079460100",
    "certain <+44(0)2079460100> country-and-trunk"
)]
#[case(
    "+44 20 7946 0100",
    "account:1",
    "+44 (0) 20 7946 0100",
    "certain <+44 (0) 20 7946 0100> country-and-trunk"
)]
#[case(
    "+44 20 7946 0100",
    "account:44",
    "+44 020 7946 0100",
    "certain <+44 020 7946 0100> country-and-trunk"
)]
#[case(
    "+44 20 7946 0100",
    "account:44",
    "0044 20 7946 0100",
    "certain <0044 20 7946 0100> exit-code"
)]
#[case(
    "+44 20 7946 0100",
    "account:1",
    "011442079460100",
    "certain <011442079460100> exit-code"
)]
#[case(
    "+44 20 7946 0100",
    "account:1",
    "442079460100",
    "certain <442079460100> digits"
)]
#[case(
    "+44 20 7946 0100",
    "",
    "442079460100",
    "certain <442079460100> digits"
)]
#[case(
    "+44 20 7946 0100",
    "",
    "020 7946 0100",
    "possible <020 7946 0100> national"
)]
#[case(
    "+44 20 7946 0100",
    "row:44",
    "2079460100",
    "certain <2079460100> national"
)]
#[case(
    "+44 20 7946 0100",
    "row:GB",
    "2079460100",
    "certain <2079460100> national"
)]
#[case(
    "+44 20 7946 0100",
    "row:+44",
    "2079460100",
    "certain <2079460100> national"
)]
// Another country's number with the same digits (reports/23).
#[case(
    "+65 6223 4567",
    "account:1",
    "6562234567",
    "possible <6562234567> digits"
)]
#[case("+65 6223 4567", "row:65", "6562234567", "certain <6562234567> digits")]
#[case(
    "+65 6223 4567",
    "account:65",
    "6562234567",
    "certain <6562234567> digits"
)]
#[case("+65 6223 4567", "", "6562234567", "possible <6562234567> digits")]
#[case(
    "+65 6223 4567",
    "account:1",
    "+6562234567",
    "certain <+6562234567> canonical"
)]
#[case(
    "+1 656 223 4567",
    "account:1",
    "6562234567",
    "certain <6562234567> national"
)]
#[case("+1 656 223 4567", "account:65", "6562234567", "")]
#[case(
    "+45 32 12 34 56",
    "account:45",
    "32 12 34 56",
    "certain <32 12 34 56> national"
)]
#[case("+45 20 25 05 01", "account:45", "2025-05-01", "")]
#[case(
    "+45 20 25 05 01",
    "account:45",
    "due 20250501",
    "possible <20250501> national"
)]
#[case(
    "+45 20 25 05 01",
    "account:45",
    "20250501",
    "certain <20250501> national"
)]
// No trunk prefix, and one that is a part of the number.
#[case(
    "+34 612 345 678",
    "account:34",
    "612 34 56 78",
    "certain <612 34 56 78> national"
)]
#[case(
    "+39 06 1234 5678",
    "account:39",
    "06 1234 5678",
    "certain <06 1234 5678> national"
)]
#[case(
    "+39 06 1234 5678",
    "account:39",
    "+39 (0)6 1234 5678",
    "certain <+39 (0)6 1234 5678> country-and-trunk"
)]
// Lengths vary.
#[case(
    "+49 30 123456",
    "account:49",
    "030 123456",
    "certain <030 123456> national"
)]
#[case(
    "+49 30 123456",
    "account:49",
    "030/123456",
    "certain <030/123456> national"
)]
#[case("+49 30 123456", "account:49", "030 1234567", "")]
#[case(
    "+49 30 123456",
    "account:49",
    "+49 30 123456 7",
    "possible <+49 30 123456> separators"
)]
#[case("+49 30 1234567", "account:49", "040 1234567", "")]
#[case(
    "+49 30 1234567",
    "account:49",
    "1234567",
    "possible <1234567> partial"
)]
#[case(
    "+49 30 12345678",
    "account:49",
    "493012345678",
    "certain <493012345678> digits"
)]
#[case(
    "+7 912 555 01 00",
    "account:7",
    "8 (912) 555-01-00",
    "certain <8 (912) 555-01-00> national"
)]
#[case(
    "+7 912 555 01 00",
    "row:RU",
    "810 7 912 555 01 00",
    "certain <810 7 912 555 01 00> exit-code"
)]
#[case("+298 201234", "account:298", "201234", "certain <201234> national")]
#[case(
    "+298 201234",
    "account:298",
    "order 201234",
    "possible <201234> national"
)]
#[case(
    "+298 201234",
    "account:298",
    "+298 (0)201234",
    "certain <+298 (0)201234> country-and-trunk"
)]
// A code that nobody has.
#[case(
    "+999 1234 5678",
    "account:1",
    "+999 12345678",
    "certain <+999 12345678> separators"
)]
#[case(
    "+999 1234 5678",
    "account:1",
    "99912345678",
    "possible <99912345678> digits"
)]
fn other_countries(
    #[case] wanted: &str,
    #[case] context: &str,
    #[case] value: &str,
    #[case] expected: &str,
) {
    assert_eq!(found(value, wanted, &countries(context)), expected);
}

#[test]
fn the_trunk_prefix_of_the_account_counts() {
    let countries = Countries::unknown().with_account("1", "9");
    let expected = "certain <92025550147> national";
    assert_eq!(found("92025550147", ADA, &countries), expected);
    assert_eq!(
        found("92025550147", ADA, &countries.with_catalogue("44")),
        expected
    );
}

#[rstest]
#[case("12025550147", "certain <12025550147> digits")]
#[case("12025550147.00", "certain <12025550147.00> digits")]
#[case("2025550147", "certain <2025550147> national")]
#[case("-2025550147", "")]
#[case("2025550147.5", "")]
#[case("1.2025550147e+10", "")]
#[case("NaN", "")]
fn numbers_are_read_as_digits(#[case] value: &str, #[case] expected: &str) {
    assert_eq!(
        found_in(value, Shape::Number, ADA, &countries("account:1")),
        expected
    );
}

#[test]
fn numbers_have_lost_the_zero_of_their_trunk_prefix() {
    let found = |wanted, shape| found_in("493012345678", shape, wanted, &countries("account:49"));
    let whole = "+49 30 12345678";
    assert_eq!(found(whole, Shape::Text), "certain <493012345678> digits");
    assert_eq!(
        found(whole, Shape::Number),
        "possible <493012345678> digits"
    );
    let national = "+49 4930 12345678";
    assert_eq!(
        found(national, Shape::Number),
        "possible <493012345678> national"
    );
}

#[rstest]
#[case("{\"phone\": 12025550147}", "certain <12025550147> digits")]
#[case("[12025550147.0]", "certain <12025550147.0> digits")]
#[case("[-12025550147]", "")]
#[case("[12025550147.5]", "")]
#[case("[12025550147e3]", "")]
#[case(
    "{\"+1 202 555 0147\": {\"a\\\"\": true}}",
    "certain <+1 202 555 0147> separators"
)]
#[case(
    "{\"a\\\"\": \"+1 202 555 0147 \"}",
    "certain <+1 202 555 0147> separators"
)]
fn json_is_searched_with_its_keys(#[case] value: &str, #[case] expected: &str) {
    assert_eq!(
        found_in(value, Shape::Json, ADA, &countries("account:1")),
        expected
    );
}

#[rstest]
#[case("(1,2025550147)", "account:1", "certain <2025550147> national")]
#[case("(1,2025550147)", "", "possible <2025550147> national")]
#[case("(44,2025550147)", "account:1", "possible <2025550147> national")]
#[case("(44,+12025550147)", "account:1", "certain <+12025550147> canonical")]
#[case(
    "(1,\"(202) 555-0147\",x)",
    "account:1",
    "certain <(202) 555-0147> national"
)]
#[case(
    "{\"(1,2025550147)\",\"(44,2079460100)\"}",
    "account:1",
    "certain <2025550147> national"
)]
fn a_field_may_be_the_country_of_the_next(
    #[case] value: &str,
    #[case] context: &str,
    #[case] expected: &str,
) {
    assert_eq!(
        found_in(value, Shape::Row, ADA, &countries(context)),
        expected
    );
}

#[rstest]
#[case(
    "{\"country_code\": \"+44\", \"number\": \"2025550147\"}",
    "account:1",
    "possible <2025550147> national"
)]
#[case(
    "{\"number\": \"2025550147\", \"countryCode\": 1}",
    "account:1",
    "certain <2025550147> national"
)]
#[case(
    "{\"number\": \"2025550147\", \"countryCode\": 1}",
    "",
    "possible <2025550147> national"
)]
#[case(
    "{\"number\": \"2025550147\", \"countryCode\": 1}",
    "account:44",
    "possible <2025550147> national"
)]
#[case(
    "[{\"cc\":\"GB\",\"n\":[\"x\",2025550147]},{}]",
    "account:1",
    "possible <2025550147> national"
)]
#[case(
    "[{\"cc\":\"GB\",\"n\":[]},{\"n\":2025550147}]",
    "account:1",
    "certain <2025550147> national"
)]
#[case(
    "{\"country\":\"GB\",\"n\":\"+1 202 555 0147\"}",
    "account:1",
    "certain <+1 202 555 0147> separators"
)]
#[case(
    "{\"country\":\"GB\",\"n\":\"2025550147\"}",
    "row:1",
    "certain <2025550147> national"
)]
fn an_object_may_name_the_country(
    #[case] value: &str,
    #[case] context: &str,
    #[case] expected: &str,
) {
    assert_eq!(
        found_in(value, Shape::Json, ADA, &countries(context)),
        expected
    );
}

#[test]
fn a_number_may_be_split_over_columns() {
    let devices = [device(ADA), device("+44 20 7946 0100")];
    let recogniser = Recogniser::new(&devices);
    let account = Countries::unknown().with_account("1", "");
    let split = |code: Option<&str>, parts: &[&str]| {
        let found = recogniser.find_split(code, parts, &account);
        let shown = found
            .into_iter()
            .map(|one| (one.device, one.certainty, one.ranges));
        shown.collect::<Vec<_>>()
    };
    let (certain, whole) = (Certainty::Certain, |length| Some(0..length));
    assert_eq!(
        split(Some("+1"), &["2025550147"]),
        [(0, certain, vec![whole(10)])]
    );
    assert_eq!(split(Some("44"), &["2025550147"]), []);
    assert_eq!(
        split(Some("+44"), &["2079460100"]),
        [(1, certain, vec![whole(10)])]
    );
    assert_eq!(
        split(Some("GB"), &["020 7946 0100"]),
        [(1, certain, vec![whole(13)])]
    );
    assert_eq!(
        split(Some("1"), &["202", "555-0147"]),
        [(0, certain, vec![whole(3), whole(8)])]
    );
    assert_eq!(
        split(None, &["202", "5550147"]),
        [(0, certain, vec![whole(3), whole(7)])]
    );
    assert_eq!(
        split(Some("1"), &["x", "+12025550147 "]),
        [(0, certain, vec![None, whole(12)])]
    );
}

#[rstest]
#[case("ann@example.com", "certain <ann@example.com> canonical")]
#[case("Ann@Example.COM", "certain <Ann@Example.COM> letter-case")]
#[case("  ann@example.com\n", "certain <ann@example.com> canonical")]
#[case("\"Ann B.\" <ann@example.com>", "certain <ann@example.com> name-addr")]
#[case("mailto:ann@example.com?subject=x", "certain <ann@example.com> mailto")]
#[case("ann%40example.com", "certain <ann%40example.com> escaped")]
#[case(
    "https://example.org/?to=ann%40example.com&x",
    "certain <ann%40example.com> escaped"
)]
#[case("'ann@example.com'", "certain <ann@example.com> canonical")]
#[case("\"ann@example.com\"", "certain <ann@example.com> canonical")]
#[case(
    "bob@example.com,ann@example.com",
    "certain <ann@example.com> canonical"
)]
#[case(
    "bob@example.com;ann@example.com",
    "certain <ann@example.com> canonical"
)]
#[case(
    "bob@example.com|ann@example.com",
    "certain <ann@example.com> canonical"
)]
#[case(
    "bob@example.com/ann@example.com",
    "certain <ann@example.com> canonical"
)]
#[case(
    "ann@example.com/bob@example.com",
    "certain <ann@example.com> canonical"
)]
#[case("email=ann@example.com&x=1", "certain <ann@example.com> canonical")]
#[case(
    "{ann@example.com,bob@example.com}",
    "certain <ann@example.com> canonical"
)]
#[case(
    "{\"a\":\"ann\\u0040example.com\"}",
    "certain <ann\\u0040example.com> escaped"
)]
#[case(
    "<contact email=\"ann@example.com\"/>",
    "certain <ann@example.com> canonical"
)]
#[case("write to ann@example.com.", "certain <ann@example.com> canonical")]
#[case("(ann@example.com)", "certain <ann@example.com> canonical")]
#[case("sip:ann@example.com:5060", "certain <ann@example.com> canonical")]
#[case("メールann@example.comまで", "possible <ann@example.com> canonical")]
#[case("xann@example.com", "")]
#[case("o'ann@example.com", "")]
#[case("x.ann@example.com", "")]
#[case("x+ann@example.com", "")]
#[case("x-ann@example.com", "")]
#[case("x_ann@example.com", "")]
#[case("ann+tag@example.com", "")]
#[case("ann@example.com.evil.org", "")]
#[case("ann@example.community", "")]
#[case("ann@example.com-x.org", "")]
#[case("ann@sub.example.com", "")]
#[case("ann@example", "")]
#[case("ünn@example.com", "")]
#[case("äann@example.com", "")]
#[case("ann@example.comé", "")]
#[case("x!ann@example.com", "possible <ann@example.com> canonical")]
#[case("x@ann@example.com", "possible <ann@example.com> canonical")]
#[case("ann@example.com@x.org", "possible <ann@example.com> canonical")]
fn emails_are_whole_addresses(#[case] value: &str, #[case] expected: &str) {
    assert_eq!(
        found(value, "ann@example.com", &Countries::unknown()),
        expected
    );
}

#[rstest]
#[case(
    "x@bücher.example",
    "x@xn--bcher-kva.example",
    "certain <x@xn--bcher-kva.example> idna"
)]
#[case(
    "x@xn--bcher-kva.example",
    "X@BÜCHER.example",
    "certain <X@BÜCHER.example> idna"
)]
#[case(
    "x@bücher.example",
    "x@bu\u{308}cher.example",
    "certain <x@bu\u{308}cher.example> idna"
)]
#[case(
    "x@überall.example",
    "x@u\u{308}berall.example",
    "certain <x@u\u{308}berall.example> idna"
)]
#[case(
    "x@example.com",
    "x@\u{ff45}xample.com",
    "certain <x@\u{ff45}xample.com> idna"
)]
#[case("kate@example.com", "\u{212a}ate@example.com", "")]
#[case("info@example.com", "\u{130}nfo@example.com", "")]
#[case("y@i.example", "y@\u{130}.example", "")]
#[case(
    "o'hara@example.com",
    "o'hara@example.com",
    "certain <o'hara@example.com> canonical"
)]
#[case("{a}|~^b@1.2", "{a}|~^b@1.2", "certain <{a}|~^b@1.2> canonical")]
#[case("b@1.2", "{a}|~^b@1.2", "possible <b@1.2> canonical")]
#[case("johnsmith@example.com", "John.Smith+shop@example.com", "")]
fn emails_are_compared_as_submissions_are(
    #[case] wanted: &str,
    #[case] value: &str,
    #[case] expected: &str,
) {
    assert_eq!(found(value, wanted, &Countries::unknown()), expected);
}

#[rstest]
#[case("192.0.2.77", "certain <192.0.2.77> canonical")]
#[case("192.0.2.77:5060", "certain <192.0.2.77> port")]
#[case("[192.0.2.77]:5060", "certain <192.0.2.77> port")]
#[case("192.0.2.77/32", "certain <192.0.2.77/32> prefix")]
#[case("::ffff:192.0.2.77/128", "certain <::ffff:192.0.2.77/128> prefix")]
#[case("::ffff:192.0.2.77", "certain <::ffff:192.0.2.77> mapped")]
#[case("::FFFF:c000:24d", "certain <::FFFF:c000:24d> mapped")]
#[case(
    "0:0:0:0:0:ffff:192.0.2.77",
    "certain <0:0:0:0:0:ffff:192.0.2.77> mapped"
)]
#[case("http://192.0.2.77/24", "certain <192.0.2.77> canonical")]
#[case("sip:x@192.0.2.77;lr", "certain <192.0.2.77> canonical")]
#[case("{192.0.2.77,10.0.0.1}", "certain <192.0.2.77> canonical")]
#[case("src:192.0.2.77 dst:10.0.0.1", "certain <192.0.2.77> canonical")]
#[case("from 192.0.2.77.", "certain <192.0.2.77> canonical")]
#[case("[192.0.2.77,192.0.2.79]", "certain <192.0.2.77> canonical")]
#[case("192.0.2.77/24", "possible <192.0.2.77> canonical")]
#[case("10.0.0.1-192.0.2.77", "possible <192.0.2.77> canonical")]
#[case("version 192.0.2.77", "possible <192.0.2.77> canonical")]
#[case("192.0.2.770", "")]
#[case("1192.0.2.77", "")]
#[case("192.0.2.77.5", "")]
#[case("5.192.0.2.77", "")]
#[case("v192.0.2.77", "")]
#[case("192.0.2.77rc1", "")]
#[case("192.0.2.77.in-addr.arpa", "")]
#[case("192.0.2.077", "")]
#[case("64:ff9b::192.0.2.77", "")]
#[case("192,0,2,77", "")]
fn an_ipv4_address_is_found(#[case] value: &str, #[case] expected: &str) {
    assert_eq!(found(value, "192.0.2.77", &Countries::unknown()), expected);
}

#[rstest]
#[case("3fff::1", "certain <3fff::1> canonical")]
#[case("3FFF:0:0:0::1", "certain <3FFF:0:0:0::1> notation")]
#[case(
    "3fff:0000:0000:0000:0000:0000:0000:0001",
    "certain <3fff:0000:0000:0000:0000:0000:0000:0001> notation"
)]
#[case("3fff::0.0.0.1", "certain <3fff::0.0.0.1> notation")]
#[case("[3fff::1]:5060", "certain <3fff::1> port")]
#[case("https://[3fff::1]/64", "certain <3fff::1> canonical")]
#[case("3fff::1/128", "certain <3fff::1/128> prefix")]
#[case("3fff::1%eth0", "certain <3fff::1> canonical")]
#[case("[IPv6:3fff::1]", "certain <3fff::1> canonical")]
#[case("ip:3fff::1, x", "certain <3fff::1> canonical")]
#[case("3fff::1.", "certain <3fff::1> canonical")]
#[case("3fff::1/64", "possible <3fff::1> canonical")]
#[case("3fff::1:5060", "")]
#[case("3fff::12", "")]
#[case("13fff::1", "")]
#[case("x3fff::1", "")]
fn an_ipv6_address_is_found(#[case] value: &str, #[case] expected: &str) {
    assert_eq!(found(value, "3fff::1", &Countries::unknown()), expected);
}

#[test]
fn a_network_is_not_a_device() {
    assert_eq!(
        found("192.0.2.0/24", "192.0.2.0", &Countries::unknown()),
        ""
    );
    assert_eq!(found("3fff::/64", "3fff::", &Countries::unknown()), "");
}

#[test]
fn what_is_found_can_be_replaced_without_touching_the_rest() {
    let devices = [device(ADA), device("ann@example.com"), device("192.0.2.77")];
    let recogniser = Recogniser::new(&devices);
    let countries = countries("account:1");
    let placeholders = ["anon-phone-a", "anon@anon.invalid", "2001:db8::7"];
    let forget = |value: &str, shape| {
        let found = recogniser.find(value, shape, &countries);
        let certain = found
            .iter()
            .filter(|one| one.certainty == Certainty::Certain);
        let all: Vec<_> = certain
            .map(|one| {
                (
                    one.range.clone(),
                    Replacement::new(placeholders[one.device]).unwrap(),
                )
            })
            .collect();
        let rewritten = rewrite(value, shape, &all);
        assert!(
            recogniser
                .find(&rewritten, shape, &countries)
                .iter()
                .all(|one| one.certainty == Certainty::Possible)
        );
        rewritten
    };
    for (value, shape, expected) in [
        (
            "tel:+12025550147;ext=5",
            Shape::Text,
            "tel:anon-phone-a;ext=5",
        ),
        (
            "\"Ann\" <ann@example.com>, <sip:x@192.0.2.77:5060>",
            Shape::Text,
            "\"Ann\" <anon@anon.invalid>, <sip:x@2001:db8::7:5060>",
        ),
        (
            "?to=ann%40example.com&a=%20",
            Shape::Text,
            "?to=anon%40anon.invalid&a=%20",
        ),
        (
            "{ \"n\": 1.50, \"p\" : 12025550147,\"ann@example.com\":[5550147, 1e3] }",
            Shape::Json,
            "{ \"n\": 1.50, \"p\" : \"anon-phone-a\",\"anon@anon.invalid\":[5550147, 1e3] }",
        ),
        ("192.0.2.77/32", Shape::Text, "2001:db8::7"),
        (
            "<a>&#43;12025550147</a>",
            Shape::Text,
            "<a>anon-phone-a</a>",
        ),
    ] {
        assert_eq!(forget(value, shape), expected);
    }
    let number = Replacement::new("999123456789012").unwrap();
    assert_eq!(
        rewrite("{\"p\":12025550147}", Shape::Json, &[(5..16, number)]),
        "{\"p\":999123456789012}"
    );
    assert_eq!(Replacement::new("a\"b"), None);
    assert_eq!(Replacement::new(""), None);
}

#[rstest]
#[case("call (202) 555-0147 or ann@example.com", "account:1", &["+12025550147", "ann@example.com"])]
#[case("+44 (0)20 7946 0100", "", &["+442079460100"])]
#[case("0044 20 7946 0100", "", &["+442079460100"])]
#[case("from 192.0.2.77:5060 to [3fff::1]", "", &["192.0.2.77", "3fff::1"])]
#[case("12025550147", "", &["+12025550147"])]
#[case("2025550147", "", &["?"])]
#[case("020 7946 0100", "account:44", &["+442079460100"])]
#[case("2025-11-30 14:02:57.123+00", "account:1", &[])]
#[case("550e8400-e29b-41d4-a716-446655440000", "account:1", &[])]
#[case("1.50 and 17", "account:1", &[])]
#[case("2025550147 2025550199", "account:1", &["+12025550147", "+12025550199"])]
fn every_device_is_seen(#[case] value: &str, #[case] context: &str, #[case] expected: &[&str]) {
    let seen = sightings(value, Shape::Text, &countries(context));
    let shown = seen.iter().map(|one| match &one.device {
        None => "?".to_owned(),
        Some(Device::Phone(phone)) => phone.e164(),
        Some(Device::Email(email)) => email.canonical().to_owned(),
        Some(Device::IpAddr(address)) => address.to_string(),
    });
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

#[test]
fn rows_of_copy_are_searched_at_once() {
    let devices = [device(ADA), device("ann@example.com"), device("192.0.2.77")];
    let recogniser = Recogniser::new(&devices);
    let chunk = b"1\t\\N\t2025-11-30 14:02:57+00\tBob\n2\tnote\\n+1 202 555 0147\tx\n3\tAnn@example.com\n4\t{\"a\":\"ann\\\\u0040example.com\"}\n5\t::1\n6\t192.0.2.77\n";
    let rows: Vec<&[u8]> = recogniser
        .candidate_rows(chunk)
        .map(|row| &row.bytes()[..1])
        .collect();
    assert_eq!(rows, [b"2", b"3", b"4", b"5", b"6"]);
    let held = recogniser.candidate_rows(chunk).filter(|row| {
        let row = std::str::from_utf8(row.bytes()).unwrap();
        let countries = Countries::unknown();
        copy_fields(row)
            .flatten()
            .any(|field| !recogniser.find(&field, Shape::Text, &countries).is_empty())
    });
    assert_eq!(held.count(), 4);
}

#[test]
fn of_two_readings_neither_is_certain_and_an_email_may_hold_a_number() {
    let recogniser = Recogniser::new(&[device(ADA), device("+12025550147@example.com")]);
    let found = recogniser.find(
        "sip:+12025550147@example.com",
        Shape::Text,
        &Countries::unknown(),
    );
    let devices: Vec<usize> = found.iter().map(|one| one.device).collect();
    assert_eq!(devices, [1, 0]);
    assert!(found.iter().all(|one| one.certainty == Certainty::Certain));
}
