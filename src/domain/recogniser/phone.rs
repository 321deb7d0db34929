//! Phones in a text.

use std::ops::Range;

use super::chain::{Chain, MOST_DIGITS, Sequence};
use super::country::Context;
use super::index::Phones;
use super::number::{FEWEST_DIGITS, Number, may_be_a_number, readings};
use super::occurrence::{Certainty, Found, Spelling, Verdict};
use super::surroundings::{self, Touch};

/// The wanted phones in a text.
pub(super) fn find(text: &str, phones: &Phones, context: &Context, found: &mut Vec<Found<usize>>) {
    for chain in Chain::all(text) {
        for last in 0..chain.groups.len() {
            for device in phones.ending(chain.digits_to(last)) {
                let number = Number::of(phones.digits(device));
                let verdict = widest(text, &chain, last, &number, context);
                found.extend(verdict.map(|(range, verdict)| Found {
                    device,
                    range,
                    verdict,
                }));
            }
        }
    }
}

/// The most certain reading of groups up to `last` as a number, and of those the longest.
fn widest(
    text: &str,
    chain: &Chain,
    last: usize,
    number: &Number,
    context: &Context,
) -> Option<(Range<usize>, Verdict)> {
    let mut best: Option<(Range<usize>, Verdict)> = None;
    for first in (0..=last).rev() {
        let span = first..last + 1;
        if chain.length(&span) > MOST_DIGITS {
            break;
        }
        let judged = examine(text, chain, span, number, context);
        let certainty = best.as_ref().map(|(_, best)| best.certainty);
        best = judged
            .filter(|(_, judged)| Some(judged.certainty) >= certainty)
            .or(best);
    }
    best
}

/// The judgement on some groups as a number, with everything around them.
fn examine(
    text: &str,
    chain: &Chain,
    span: Range<usize>,
    number: &Number,
    context: &Context,
) -> Option<(Range<usize>, Verdict)> {
    let sequence = chain.sequence(span);
    let verdict = number.judge(&sequence, context)?;
    let range = sequence.range(text);
    if !sequence.plus {
        let is_short =
            sequence.digits.len() < FEWEST_DIGITS || verdict.spelling == Spelling::Partial;
        if is_short && !sequence.is_whole_chain()
            || verdict.spelling != Spelling::ExitCode
                && surroundings::has_date(text, chain, &sequence.span)
            || surroundings::is_in_uuid(text, &range)
        {
            return None;
        }
    }
    let doubt = beside(&sequence, number, context)?;
    let doubt = doubt || !sequence.plus && is_doubtful_alone(text, &sequence, &range);
    let (doubt, spelling) = touched(text, &sequence, &range, verdict.spelling)
        .map(|(touched, spelling)| (doubt || touched, spelling))?;
    let certainty = if doubt {
        Certainty::Possible
    } else {
        verdict.certainty
    };
    Some((
        range,
        Verdict {
            certainty,
            spelling,
        },
    ))
}

/// Whether other groups may belong to the number, which would be another one then; `None` if they do.
fn beside(sequence: &Sequence, number: &Number, context: &Context) -> Option<bool> {
    let (chain, span) = (sequence.chain, &sequence.span);
    let mut doubt = false;
    for first in (0..=span.start).rev() {
        if chain.length(&(first..span.end)) > MOST_DIGITS {
            break;
        }
        for last in span.end..=chain.groups.len() {
            let wider = first..last;
            if chain.length(&wider) > MOST_DIGITS {
                break;
            }
            if wider == *span {
                continue;
            }
            let wider = chain.sequence(wider);
            if number.judge(&wider, context).is_none() && may_be_a_number(&wider, context) {
                // With a plus before them, they say themselves that they are another number.
                if wider.plus && !sequence.plus {
                    return None;
                }
                doubt = true;
            }
        }
    }
    Some(doubt)
}

/// Whether digits by themselves may be something else: a decimal fraction, or a date among other words.
fn is_doubtful_alone(text: &str, sequence: &Sequence, range: &Range<usize>) -> bool {
    let chain = sequence.chain;
    let first = &text[chain.groups[0].range.clone()];
    let is_decimal = chain.groups.len() == 2
        && chain.gap_before(text, 1) == "."
        && (first == "0" || !first.starts_with('0'));
    let is_integer = || {
        let fraction = &text[chain.groups[1].range.clone()];
        sequence.span == (0..1) && fraction.bytes().all(|b| b == b'0')
    };
    let is_alone = text.trim().len() == range.len();
    is_decimal && !is_integer() && !is_alone
        || is_decimal && sequence.span.len() == 1 && !is_integer()
        || !is_alone && !sequence.is_separated() && surroundings::is_compact_date(&sequence.digits)
        || sequence.digits.len() < FEWEST_DIGITS && !is_alone
}

/// What touches the number: whether it is in doubt, and its spelling; `None` if it is part of something else.
fn touched(
    text: &str,
    sequence: &Sequence,
    range: &Range<usize>,
    spelling: Spelling,
) -> Option<(bool, Spelling)> {
    let plus = sequence.plus;
    if surroundings::has_scheme(text, range.start) {
        return Some((false, Spelling::Uri));
    }
    let mut touches = [surroundings::before(text, range.start), Touch::Clear];
    if plus && text[..range.start].ends_with(|c: char| c.is_ascii_digit()) {
        touches[0] = Touch::Clear;
    }
    if let Some(host) = surroundings::host(text, range.end) {
        let is_user = touches[0] == Touch::Clear && !text[..range.start].ends_with('.');
        let is_sure = is_user && (plus || host == Touch::Clear);
        return Some((!is_sure, Spelling::Uri));
    }
    if surroundings::has_extension(text, range.end) {
        let spelling = match spelling {
            Spelling::Partial => spelling,
            _ => Spelling::Extension,
        };
        return (touches[0] != Touch::Identifier)
            .then_some((touches[0] == Touch::Doubtful, spelling));
    }
    touches[1] = surroundings::after(text, range.end);
    if touches.contains(&Touch::Identifier) && !plus {
        return None;
    }
    let is_doubtful = touches.iter().any(|touch| *touch != Touch::Clear);
    Some((is_doubtful, spelling))
}

/// All phones in a text, each as the digits of E.164, or `None` where its country is not known.
pub(super) fn scan(text: &str, context: &Context, found: &mut Vec<Found<Option<Vec<u8>>>>) {
    for chain in Chain::all(text) {
        let mut first = 0;
        while first < chain.groups.len() {
            let seen = (first..chain.groups.len())
                .rev()
                .filter(|last| chain.length(&(first..last + 1)) <= MOST_DIGITS)
                .filter_map(|last| Some((last, read(text, &chain, first..last + 1, context)?)))
                .reduce(
                    |best, next| match next.1.verdict.certainty > best.1.verdict.certainty {
                        true => next,
                        false => best,
                    },
                );
            first = match seen {
                Some((last, phone)) => {
                    found.push(phone);
                    last + 1
                }
                None => first + 1,
            };
        }
    }
}

/// What some groups are, if they are a number.
fn read(
    text: &str,
    chain: &Chain,
    span: Range<usize>,
    context: &Context,
) -> Option<Found<Option<Vec<u8>>>> {
    let sequence = chain.sequence(span.clone());
    let mut best: Option<Found<Option<Vec<u8>>>> = None;
    for digits in readings(&sequence, context) {
        let number = Number::of(&digits);
        let Some((range, verdict)) = examine(text, chain, span.clone(), &number, context) else {
            continue;
        };
        let is_better = best
            .as_ref()
            .is_none_or(|best| verdict.certainty > best.verdict.certainty);
        let is_number =
            verdict.certainty == Certainty::Certain || may_be_a_number(&sequence, context);
        if is_better && is_number {
            best = Some(Found {
                device: Some(digits),
                range,
                verdict,
            });
        }
    }
    best.or_else(|| of_unknown_country(text, &sequence, context))
}

/// Digits that are as many as a national number has, where no country is known.
fn of_unknown_country(
    text: &str,
    sequence: &Sequence,
    context: &Context,
) -> Option<Found<Option<Vec<u8>>>> {
    let range = sequence.range(text);
    let count = sequence.digits.len();
    let looks_like_one = context.country.is_none()
        && !sequence.plus
        && sequence.is_whole_chain()
        && (9..=11).contains(&count)
        && !surroundings::has_date(text, sequence.chain, &sequence.span)
        && !surroundings::is_in_uuid(text, &range);
    let (_, spelling) = looks_like_one
        .then(|| touched(text, sequence, &range, Spelling::National))
        .flatten()?;
    Some(Found {
        device: None,
        range,
        verdict: Verdict::possible(spelling),
    })
}
