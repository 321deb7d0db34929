//! The shapes of stored values.

use std::ops::Range;

use super::country::{Context, Country, LeadingZeros, Source};
use super::json::{Literal, Literals, objects};
use super::occurrence::{Found, Spelling};
use super::view::View;

/// What a stored value is, in PostgreSQL's output form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Shape {
    /// Text of any kind; also arrays, hstore, xml and ranges, whose elements are marked by characters that no device contains.
    Text,
    /// An integer or a numeric value. A fraction of zeros is ignored, and replaced with the number.
    Number,
    /// `json` or `jsonb`: a number is replaced as a whole, by a string if need be.
    Json,
    /// A composite value: a field that is a country code may be that of the next field.
    Row,
}

/// Searches a text in a context.
type Search<'s, D> = dyn Fn(&str, &Context, &mut Vec<Found<D>>) + 's;

impl Shape {
    /// Searches a value and places what is found in its stored bytes.
    pub(super) fn search<D: Clone + PartialEq>(
        self,
        value: &str,
        context: &Context,
        found: &mut Vec<Found<D>>,
        search: &Search<D>,
    ) {
        match self {
            Shape::Text => text(value, context, found, search),
            Shape::Number => number(value, context, found, search),
            Shape::Json => json(value, context, found, search),
            Shape::Row => row(value, context, found, search),
        }
    }
}

fn text<D>(value: &str, context: &Context, found: &mut Vec<Found<D>>, search: &Search<D>) {
    let first = found.len();
    let view = View::of(value);
    search(&view.text, context, found);
    for one in &mut found[first..] {
        if view.hides(&one.range) && one.verdict.spelling != Spelling::Partial {
            one.verdict.spelling = Spelling::Escaped;
        }
        one.range = view.place(&one.range);
    }
}

fn number<D>(value: &str, context: &Context, found: &mut Vec<Found<D>>, search: &Search<D>) {
    let first = found.len();
    let literal = value.trim();
    let integer = match literal.split_once('.') {
        Some((integer, fraction)) if fraction.bytes().all(|b| b == b'0') => integer,
        Some(_) => return,
        None => literal,
    };
    if integer.bytes().all(|b| b.is_ascii_digit()) {
        let zeros = LeadingZeros::Lost;
        search(integer, &Context { zeros, ..*context }, found);
    }
    let start = value.len() - value.trim_start().len();
    for one in &mut found[first..] {
        one.range = start..start + literal.len();
    }
}

fn json<D: Clone + PartialEq>(
    value: &str,
    context: &Context,
    found: &mut Vec<Found<D>>,
    search: &Search<D>,
) {
    let first = found.len();
    text(value, context, found, search);
    if context.source != Source::Row {
        for object in objects(value) {
            let other = object
                .country
                .filter(|named| context.country != Some(named.plan));
            let Some(country) = other else {
                continue;
            };
            for scalar in &object.scalars {
                in_country(value, scalar, country, found, search);
            }
        }
    }
    let literals = Literals::of(value);
    let mut at = 0;
    found.retain_mut(|one| {
        at += 1;
        if at <= first {
            return true;
        }
        match literals.around(value, &one.range) {
            Literal::None => true,
            Literal::Number(range) => {
                one.range = range;
                true
            }
            Literal::Other => false,
        }
    });
}

fn row<D: Clone + PartialEq>(
    value: &str,
    context: &Context,
    found: &mut Vec<Found<D>>,
    search: &Search<D>,
) {
    let mut previous: Option<Country> = None;
    for field in fields(value) {
        let written = &value[field.clone()];
        let first = found.len();
        text(written, context, found, search);
        for one in &mut found[first..] {
            one.range = field.start + one.range.start..field.start + one.range.end;
        }
        let other = previous.filter(|country| context.country != Some(country.plan));
        if let Some(country) = other.filter(|_| context.source != Source::Row) {
            in_country(value, &field, country, found, search);
        }
        let bare = written.trim_matches(['"', '\\', '(', ')', '{', '}']);
        let is_code = bare.len() <= 4 && bare.bytes().any(|b| b.is_ascii_digit());
        previous = is_code.then(|| Country::parse(bare)).flatten();
    }
}

/// Searches a part of a value again, as of the country that another part names. Whether that is its country is not certain, so what
/// only one of the two readings contains is possible.
fn in_country<D: Clone + PartialEq>(
    value: &str,
    part: &Range<usize>,
    country: Country,
    found: &mut Vec<Found<D>>,
    search: &Search<D>,
) {
    let mut other = Vec::new();
    let context = Context {
        country: Some(country.plan),
        source: Source::Row,
        ..Context::UNKNOWN
    };
    text(&value[part.clone()], &context, &mut other, search);
    for one in &mut other {
        one.range = part.start + one.range.start..part.start + one.range.end;
    }
    let is_same = |a: &Found<D>, b: &Found<D>| a.device == b.device && a.range == b.range;
    for one in found.iter_mut() {
        let is_in_part = part.start <= one.range.start && one.range.end <= part.end;
        let is_in_both = || {
            let mut certain = other.iter().filter(|other| other.verdict == one.verdict);
            certain.any(|other| is_same(other, one))
        };
        if is_in_part && !is_in_both() {
            one.verdict = one.verdict.doubtful();
        }
    }
    other.retain(|one| !found.iter().any(|known| is_same(known, one)));
    let doubtful = |one: Found<D>| Found {
        verdict: one.verdict.doubtful(),
        ..one
    };
    found.extend(other.into_iter().map(doubtful));
}

/// What is between commas, also those in quotes: an array of composite values has its fields there.
fn fields(value: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b',', value.as_bytes()).chain([value.len()]);
    ends.map(move |end| {
        let field = start..end;
        start = end + 1;
        field
    })
}
