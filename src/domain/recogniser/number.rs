//! Decides whether a sequence of digits is a phone number. The table is in the documentation of [`super`].

use super::chain::Sequence;
use super::country::{Context, LeadingZeros, Source};
use super::occurrence::{Spelling, Verdict};
use crate::domain::numbering::{NumberingPlan, country_code_length};

/// Fewer digits are not compared with the end of a number.
pub(super) const FEWEST_DIGITS: usize = 7;
const MOST_INTERNATIONAL: usize = 15;

/// Exit codes that are understood everywhere: that of most countries, and that of North America.
const COMMON_EXITS: [&str; 2] = ["00", "011"];
/// Exit codes of large countries. Where no country is known they are possible.
const RARE_EXITS: [&str; 8] = ["0011", "010", "810", "8810", "009", "001", "002", "119"];

/// A phone number with what follows from its country code.
pub(super) struct Number<'n> {
    digits: &'n [u8],
    national: &'n [u8],
    plan: Option<&'static NumberingPlan>,
}

impl<'n> Number<'n> {
    /// Of the digits of an E.164 number.
    pub(super) fn of(digits: &'n [u8]) -> Number<'n> {
        Number {
            digits,
            national: &digits[country_code_length(digits)..],
            plan: NumberingPlan::of_number(digits),
        }
    }

    fn code_length(&self) -> usize {
        self.digits.len() - self.national.len()
    }

    /// Whether digits are this number in international form, without what is dialled before it.
    fn international(&self, digits: &[u8], zero_after: Option<usize>) -> Option<Spelling> {
        if zero_after.is_some_and(|place| place != self.code_length()) {
            return None;
        }
        if digits == self.digits {
            return Some(match zero_after {
                Some(_) => Spelling::CountryAndTrunk,
                None => Spelling::Digits,
            });
        }
        if let Some(place) = zero_after {
            // In Italy the zero is a part of the number.
            let (code, rest) = digits.split_at_checked(place)?;
            let is_part = self.digits == [code, b"0", rest].concat();
            return is_part.then_some(Spelling::CountryAndTrunk);
        }
        // The trunk prefix is not dialled from abroad, but written by mistake: only where no national number begins with it.
        let plan = self.plan.filter(|_| zero_after.is_none())?;
        let rest = digits.strip_prefix(plan.code.as_bytes())?;
        let is_mistake = |trunk: &&str| {
            *trunk != plan.code && rest.strip_prefix(trunk.as_bytes()) == Some(self.national)
        };
        let is_trunk = plan.trunks.iter().any(is_mistake) && !plan.has(rest);
        is_trunk.then_some(Spelling::CountryAndTrunk)
    }

    /// The judgement on a sequence that may be this number; `None` if it is another one.
    pub(super) fn judge(&self, sequence: &Sequence, context: &Context) -> Option<Verdict> {
        if sequence.plus {
            let form = self.international(&sequence.digits, sequence.zero_after)?;
            return Some(Verdict::certain(match form {
                Spelling::Digits if sequence.is_separated() => Spelling::Separators,
                Spelling::Digits => Spelling::Canonical,
                other => other,
            }));
        }
        self.after_exit_code(sequence, context)
            .or_else(|| self.digits_only(sequence, context))
            .or_else(|| self.national(sequence, context))
            .or_else(|| self.partial(sequence, context))
    }

    fn after_exit_code(&self, sequence: &Sequence, context: &Context) -> Option<Verdict> {
        let digits = &sequence.digits;
        let matches = |exit: &str| {
            let rest = digits.strip_prefix(exit.as_bytes())?;
            let zero_after = sequence
                .zero_after
                .map(|place| place.checked_sub(exit.len()));
            match zero_after {
                Some(None) => None,
                Some(place) => self.international(rest, place),
                None => self.international(rest, None),
            }
        };
        let own = context.country.map_or(&[][..], |plan| &plan.exits);
        let form = |form| match form {
            Spelling::Digits => Spelling::ExitCode,
            other => other,
        };
        if let Some(found) = own.iter().find_map(|exit| matches(exit)) {
            // The exit code of a carrier, such as 005, may also be 00 and the beginning of a country code.
            let is_common = COMMON_EXITS.iter().any(|exit| matches(exit).is_some());
            let is_other = !is_common && has_common_exit(digits);
            let verdict = Verdict::certain(form(found));
            return Some(if is_other {
                verdict.doubtful()
            } else {
                verdict
            });
        }
        if let Some(found) = COMMON_EXITS.iter().find_map(|exit| matches(exit)) {
            // 011 may also be the trunk prefix and the beginning of a national number.
            let is_national = context.country.is_some_and(|plan| plan.writes(digits));
            let verdict = Verdict::certain(form(found));
            return Some(if is_national {
                verdict.doubtful()
            } else {
                verdict
            });
        }
        let rare = RARE_EXITS.iter().filter(|_| context.country.is_none());
        let found = rare.into_iter().find_map(|exit| matches(exit))?;
        Some(Verdict::possible(form(found)))
    }

    fn digits_only(&self, sequence: &Sequence, context: &Context) -> Option<Verdict> {
        let digits = &sequence.digits;
        let form = self.international(digits, sequence.zero_after)?;
        let verdict = Verdict::certain(match form {
            Spelling::Digits if sequence.is_separated() => Spelling::Separators,
            other => other,
        });
        let Some(own) = self.plan.filter(|plan| plan.has(self.national)) else {
            return match context.source {
                Source::Row => None,
                Source::Assumed => Some(verdict.doubtful()),
            };
        };
        // A complete number of another country, or another number of its own.
        let is_another = match context.country {
            Some(country) if country != own => {
                if context.source == Source::Row {
                    return None;
                }
                reads(country, digits)
            }
            // In text, a national number has its trunk prefix.
            Some(country) if country.needs_trunk() => match context.zeros {
                LeadingZeros::Kept => country.writes(digits),
                LeadingZeros::Lost => reads(country, digits),
            },
            Some(country) => country.has(digits),
            None => {
                let mut others = NumberingPlan::all().filter(|plan| *plan != own);
                others.any(|plan| plan.writes(digits)) || !own.needs_trunk() && own.has(digits)
            }
        };
        Some(if is_another {
            verdict.doubtful()
        } else {
            verdict
        })
    }

    fn national(&self, sequence: &Sequence, context: &Context) -> Option<Verdict> {
        let (digits, plan) = (&sequence.digits, self.plan?);
        if sequence.zero_after.is_some() || context.country.is_some_and(|country| country != plan) {
            return None;
        }
        let is_after_trunk =
            |trunk: &[u8]| digits.strip_prefix(trunk) == Some(self.national) && !trunk.is_empty();
        let has_trunk = context.trunks(plan).any(is_after_trunk);
        if !has_trunk && digits != self.national {
            return None;
        }
        // Without a trunk prefix where there should be one, the digits may be those of an international number.
        let is_international = || {
            let other = NumberingPlan::of_number(digits);
            other.is_some_and(|other| other.assigns(&digits[other.code.len()..]))
        };
        let is_sure = context.country.is_some()
            && plan.has(self.national)
            && (plan.code != "1" || sequence.breaks().all(|place| matches!(place, 3 | 6)))
            && (has_trunk
                || !plan.needs_trunk()
                || context.source == Source::Row
                || !is_international());
        let verdict = Verdict::certain(Spelling::National);
        Some(if is_sure { verdict } else { verdict.doubtful() })
    }

    /// The end of the number, where a whole one would have more digits.
    fn partial(&self, sequence: &Sequence, context: &Context) -> Option<Verdict> {
        let digits = &sequence.digits;
        let is_abroad = || {
            let abroad = context.country.zip(self.plan);
            abroad.is_some_and(|(country, own)| country != own)
        };
        let is_partial = sequence.is_whole_chain()
            && sequence.zero_after.is_none()
            && digits.len() >= FEWEST_DIGITS
            && digits.len() < self.digits.len()
            && self.digits.ends_with(digits)
            && !is_abroad();
        is_partial.then_some(Verdict::possible(Spelling::Partial))
    }
}

/// Whether digits are a complete national number of a country, with or without its trunk prefix.
fn reads(country: &'static NumberingPlan, digits: &[u8]) -> bool {
    let bare = match country.needs_trunk() {
        true => country.assigns(digits),
        false => country.has(digits),
    };
    bare || country.writes(digits)
}

/// Whether a sequence may be a number, whichever: international or national.
pub(super) fn may_be_a_number(sequence: &Sequence, context: &Context) -> bool {
    let digits = &sequence.digits;
    if sequence.plus {
        return is_international(digits);
    }
    let own = context.country.map_or(&[][..], |plan| &plan.exits);
    let mut exits = COMMON_EXITS.iter().chain(own);
    exits.any(|exit| {
        digits
            .strip_prefix(exit.as_bytes())
            .is_some_and(is_international)
    }) || NumberingPlan::of_number(digits)
        .is_some_and(|plan| plan.assigns(&digits[plan.code.len()..]))
        || context.country.is_some_and(|plan| reads(plan, digits))
}

fn has_common_exit(digits: &[u8]) -> bool {
    let after = |exit: &str| {
        digits
            .strip_prefix(exit.as_bytes())
            .is_some_and(is_international)
    };
    COMMON_EXITS.iter().any(|exit| after(exit))
}

fn is_international(digits: &[u8]) -> bool {
    match NumberingPlan::of_number(digits) {
        Some(plan) => plan.has(&digits[plan.code.len()..]),
        None => (FEWEST_DIGITS..=MOST_INTERNATIONAL).contains(&digits.len()),
    }
}

/// The numbers that a sequence may be, as digits of E.164; the judgement on each is that of [`Number::judge`].
pub(super) fn readings(sequence: &Sequence, context: &Context) -> Vec<Vec<u8>> {
    let digits = &sequence.digits;
    let mut numbers = Vec::new();
    let mut international = |rest: &[u8]| {
        numbers.push(rest.to_vec());
        let plan = NumberingPlan::of_number(rest);
        for (plan, trunk) in plan
            .into_iter()
            .flat_map(|plan| plan.trunks.iter().map(move |t| (plan, t)))
        {
            let national = &rest[plan.code.len()..];
            numbers.extend(
                national
                    .strip_prefix(trunk.as_bytes())
                    .map(|n| [plan.code.as_bytes(), n].concat()),
            );
        }
    };
    if !sequence.plus {
        let own = context.country.map_or(&[][..], |plan| &plan.exits);
        for exit in own.iter().chain(&COMMON_EXITS).chain(&RARE_EXITS) {
            if let Some(rest) = digits.strip_prefix(exit.as_bytes()) {
                international(rest);
            }
        }
    }
    international(digits);
    if let Some(plan) = context.country.filter(|_| !sequence.plus) {
        let after = context
            .trunks(plan)
            .filter_map(|trunk| digits.strip_prefix(trunk));
        let national = after.chain([digits.as_slice()]);
        numbers.extend(national.map(|national| [plan.code.as_bytes(), national].concat()));
    }
    numbers.retain(|number| {
        (FEWEST_DIGITS..=MOST_INTERNATIONAL).contains(&number.len()) && number[0] != b'0'
    });
    numbers
}
