//! What is known of the numbering plans of the world: country codes, trunk prefixes, exit codes, and how long national numbers
//! are. The facts are in `numbering.txt`, which names their source.

use std::sync::LazyLock;

/// One line for each country code.
const NUMBERING: &str = include_str!("numbering.txt");

static PLANS: LazyLock<Vec<NumberingPlan>> =
    LazyLock::new(|| lines().map(NumberingPlan::of_line).collect());

/// The plans by the first three digits of a number: the index of the plan, or [`NO_PLAN`].
static BY_PREFIX: LazyLock<[u8; 1000]> = LazyLock::new(by_prefix);
const NO_PLAN: u8 = u8::MAX;

/// The numbering plan of a country code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NumberingPlan {
    /// The country code: one to three digits.
    pub(crate) code: &'static str,
    /// ISO 3166 codes of the countries that share it.
    regions: Vec<&'static str>,
    /// Trunk prefixes, the present one first. Empty where there is none.
    pub(crate) trunks: Vec<&'static str>,
    /// Exit codes: what is dialled before the country code of another country.
    pub(crate) exits: Vec<&'static str>,
    has_trunk: bool,
    lengths: Lengths,
    assigned: Lengths,
}

/// The lengths of national numbers, by their first two digits.
#[derive(Debug, PartialEq, Eq)]
struct Lengths(Box<[u16; 100]>);

impl Lengths {
    /// Of fields `length:prefixes`; a range is `first-last`.
    fn of_fields(fields: &'static str) -> Lengths {
        let number = |text: &str| text.parse::<usize>().expect("it is a number");
        let mut lengths = Box::new([0; 100]);
        for (digits, prefixes) in fields.split(' ').filter_map(|field| field.split_once(':')) {
            for range in prefixes.split(',') {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                for mask in &mut lengths[number(first)..=number(last)] {
                    *mask |= 1_u16 << number(digits);
                }
            }
        }
        Lengths(lengths)
    }

    fn include(&self, national: &[u8]) -> bool {
        let (Some(first), Some(second)) = (national.first(), national.get(1)) else {
            return false;
        };
        let prefix = usize::from(first - b'0') * 10 + usize::from(second - b'0');
        national.len() < 16 && self.0[prefix] & (1 << national.len()) != 0
    }
}

fn lines() -> impl Iterator<Item = &'static str> {
    NUMBERING.lines().filter(|line| !line.starts_with('#'))
}

fn by_prefix() -> [u8; 1000] {
    let mut table = [NO_PLAN; 1000];
    for (at, plan) in PLANS.iter().enumerate() {
        let span = 10_usize.pow(3 - plan.code.len() as u32);
        let first = plan.code.parse::<usize>().expect("a code is a number") * span;
        let at = u8::try_from(at).expect("there are fewer than 255 codes");
        table[first..first + span].fill(at);
    }
    table
}

impl NumberingPlan {
    /// A line of the file, which describes them.
    fn of_line(line: &'static str) -> NumberingPlan {
        fn list(field: Option<&'static str>) -> Vec<&'static str> {
            let field = field.expect("a plan has three lists");
            field.split(',').filter(|entry| *entry != "-").collect()
        }
        let mut fields = line.splitn(5, ' ');
        let code = fields.next().expect("a line begins with a code");
        let regions = list(fields.next());
        let trunks = fields.next();
        let present = trunks.is_some_and(|trunks| !trunks.starts_with('-'));
        let trunks = list(trunks);
        let exits = list(fields.next());
        let lengths = fields.next().and_then(|rest| rest.split_once('|'));
        let (lengths, assigned) = lengths.expect("a plan has two lists of lengths");
        NumberingPlan {
            code,
            regions,
            has_trunk: present && trunks[0] != code,
            trunks,
            exits,
            lengths: Lengths::of_fields(lengths),
            assigned: Lengths::of_fields(assigned),
        }
    }

    /// The plan of the country code that an international number begins with; `None` if no such code is assigned.
    pub(crate) fn of_number(digits: &[u8]) -> Option<&'static NumberingPlan> {
        let mut prefix = 0;
        for at in 0..3 {
            // A shorter text has the code only if the code is that short, which the comparison below finds.
            prefix = prefix * 10 + usize::from(digits.get(at).map_or(0, |digit| digit - b'0'));
        }
        let plan = PLANS.get(usize::from(*BY_PREFIX.get(prefix)?))?;
        digits.starts_with(plan.code.as_bytes()).then_some(plan)
    }

    /// The plan with this country code.
    pub(crate) fn of_code(code: &str) -> Option<&'static NumberingPlan> {
        PLANS.iter().find(|plan| plan.code == code)
    }

    /// The plan of the country with this ISO 3166 code of two letters, in any letter case.
    pub(crate) fn of_region(region: &str) -> Option<&'static NumberingPlan> {
        let mut plans = PLANS.iter();
        plans.find(|plan| {
            let mut known = plan.regions.iter();
            known.any(|known| known.eq_ignore_ascii_case(region))
        })
    }

    /// All plans.
    pub(crate) fn all() -> impl Iterator<Item = &'static NumberingPlan> {
        PLANS.iter()
    }

    /// Whether a national number, without trunk prefix, may look like this. It need not be assigned.
    pub(crate) fn has(&self, national: &[u8]) -> bool {
        self.lengths.include(national)
    }

    /// Whether a national number, without trunk prefix, may look like this and may be assigned.
    pub(crate) fn assigns(&self, national: &[u8]) -> bool {
        self.assigned.include(national)
    }

    /// Whether national numbers are dialled with a trunk prefix. In the North American plan it is optional.
    pub(crate) fn needs_trunk(&self) -> bool {
        self.has_trunk
    }

    /// Whether this is a complete national number as it is usually written, with the trunk prefix where there is one, and may be
    /// assigned.
    pub(crate) fn writes(&self, national: &[u8]) -> bool {
        // Codes of networks, such as 883, have no national numbers.
        if self.regions.is_empty() {
            return false;
        }
        let after_trunk = |trunk: &&str| {
            let rest = national.strip_prefix(trunk.as_bytes());
            rest.is_some_and(|rest| self.assigns(rest))
        };
        self.trunks.iter().any(after_trunk) || !self.has_trunk && self.assigns(national)
    }
}

/// Number of digits of the country code of an international number: as assigned, and where it is not assigned, as ITU-T E.164
/// assigns the codes of that zone.
pub(crate) fn country_code_length(digits: &[u8]) -> usize {
    match NumberingPlan::of_number(digits) {
        Some(plan) => plan.code.len(),
        None => 3.min(digits.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn the_codes_are_sorted_and_no_code_begins_another() {
        let codes: Vec<&str> = NumberingPlan::all().map(|plan| plan.code).collect();
        assert!(codes.len() > 200, "{}", codes.len());
        assert!(codes.is_sorted());
        for (at, code) in codes.iter().enumerate() {
            let others = codes.iter().enumerate().filter(|(other, _)| *other != at);
            assert!(
                others
                    .into_iter()
                    .all(|(_, other)| !other.starts_with(code)),
                "{code}"
            );
        }
    }

    #[rstest]
    #[case("12025550147", Some("1"))]
    #[case("442079460100", Some("44"))]
    #[case("353209150100", Some("353"))]
    #[case("79125550100", Some("7"))]
    #[case("99912345678", None)]
    #[case("21012345678", None)]
    fn a_number_has_the_plan_of_its_code(#[case] digits: &str, #[case] code: Option<&str>) {
        let plan = NumberingPlan::of_number(digits.as_bytes());
        assert_eq!(plan.map(|plan| plan.code), code);
    }

    #[rstest]
    #[case("1", "2025550147", true)]
    #[case("1", "1025550147", false)]
    #[case("1", "5550147", false)]
    #[case("44", "2079460100", true)]
    #[case("44", "02079460100", false)]
    #[case("45", "32123456", true)]
    #[case("49", "3012345678", true)]
    #[case("39", "0612345678", true)]
    fn national_numbers_have_lengths(#[case] code: &str, #[case] number: &str, #[case] is: bool) {
        let plan = NumberingPlan::of_code(code).unwrap();
        assert_eq!(plan.has(number.as_bytes()), is);
    }

    #[rstest]
    #[case("1", "2025550147", true)]
    #[case("1", "12025550147", true)]
    #[case("44", "02079460100", true)]
    #[case("44", "2079460100", false)]
    #[case("7", "89125550100", true)]
    #[case("34", "612345678", true)]
    fn national_numbers_are_written_with_their_trunk(
        #[case] code: &str,
        #[case] number: &str,
        #[case] is: bool,
    ) {
        let plan = NumberingPlan::of_code(code).unwrap();
        assert_eq!(plan.writes(number.as_bytes()), is);
    }

    #[test]
    fn a_plan_is_found_by_region() {
        let code = |region| NumberingPlan::of_region(region).map(|plan| plan.code);
        assert_eq!(code("gb"), Some("44"));
        assert_eq!(code("CA"), Some("1"));
        assert_eq!(code("XX"), None);
    }
}
