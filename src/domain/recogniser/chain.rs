//! Groups of digits that may be one phone number, because nothing but separators is between them.

use std::ops::Range;

/// Longer runs of separators are between two fields.
const LONGEST_GAP: usize = 4;
/// The longest number has 15 digits, and an exit code and a trunk prefix before them.
pub(super) const MOST_DIGITS: usize = 21;

/// Groups of digits in a row. Letters, line ends, tabs, commas, semicolons, a plus and everything else that is no separator end it.
pub(super) struct Chain {
    /// The plus before the first group, with what is between them.
    pub(super) plus: Option<usize>,
    pub(super) groups: Vec<Group>,
    /// The digits of all groups.
    digits: Vec<u8>,
}

/// A run of digits.
pub(super) struct Group {
    /// Where it is in the text.
    pub(super) range: Range<usize>,
    /// Its first digit, counted from the beginning of the chain.
    first: usize,
    /// The zero of `(0)`.
    is_bracketed_zero: bool,
}

/// Some groups of a chain, read as one number.
pub(super) struct Sequence<'c> {
    pub(super) chain: &'c Chain,
    /// The groups.
    pub(super) span: Range<usize>,
    pub(super) digits: Vec<u8>,
    pub(super) plus: bool,
    /// How many digits are before a `(0)`, which is none of them.
    pub(super) zero_after: Option<usize>,
}

impl Chain {
    /// The chains of a text, in order.
    pub(super) fn all(text: &str) -> impl Iterator<Item = Chain> + '_ {
        let mut from = 0;
        std::iter::from_fn(move || {
            let first = from
                + text.as_bytes()[from..]
                    .iter()
                    .position(u8::is_ascii_digit)?;
            let chain = Chain::at(text, first, from);
            from = chain.end();
            Some(chain)
        })
    }

    /// The chain whose first digit is at a place; what is before `from` is of another one.
    fn at(text: &str, first: usize, from: usize) -> Chain {
        let bytes = text.as_bytes();
        let mut chain = Chain {
            plus: plus_before(text, first, from),
            groups: Vec::new(),
            digits: Vec::new(),
        };
        let mut start = first;
        loop {
            let length = bytes[start..].iter().position(|b| !b.is_ascii_digit());
            let end = length.map_or(bytes.len(), |length| start + length);
            chain.groups.push(Group {
                range: start..end,
                first: chain.digits.len(),
                is_bracketed_zero: &bytes[start..end] == b"0"
                    && bytes[..start].last() == Some(&b'(')
                    && bytes.get(end) == Some(&b')'),
            });
            chain.digits.extend_from_slice(&bytes[start..end]);
            match gap(&text[end..]) {
                Some(length) => start = end + length,
                None => return chain,
            }
        }
    }

    pub(super) fn end(&self) -> usize {
        self.groups[self.groups.len() - 1].range.end
    }

    /// The digits up to the end of a group, from the beginning of the chain.
    pub(super) fn digits_to(&self, group: usize) -> &[u8] {
        let end = self
            .groups
            .get(group + 1)
            .map_or(self.digits.len(), |next| next.first);
        &self.digits[..end]
    }

    /// The number of digits of some groups.
    pub(super) fn length(&self, span: &Range<usize>) -> usize {
        self.digits_to(span.end - 1).len() - self.groups[span.start].first
    }

    /// What is between a group and the one before it.
    pub(super) fn gap_before<'t>(&self, text: &'t str, group: usize) -> &'t str {
        &text[self.groups[group - 1].range.end..self.groups[group].range.start]
    }

    pub(super) fn sequence(&self, span: Range<usize>) -> Sequence<'_> {
        let mut digits = Vec::with_capacity(MOST_DIGITS);
        let mut zero_after = None;
        for (at, group) in (span.start..).zip(&self.groups[span.clone()]) {
            if group.is_bracketed_zero && at > span.start && zero_after.is_none() {
                zero_after = Some(digits.len());
                continue;
            }
            let end = self.digits_to(at).len();
            digits.extend_from_slice(&self.digits[group.first..end]);
        }
        Sequence {
            chain: self,
            plus: span.start == 0 && self.plus.is_some(),
            span,
            digits,
            zero_after,
        }
    }
}

impl Sequence<'_> {
    /// The bytes of the number: with its plus, and with a bracket around its first digits if both brackets are in it.
    pub(super) fn range(&self, text: &str) -> Range<usize> {
        let groups = &self.chain.groups[self.span.clone()];
        let (first, end) = (&groups[0].range, groups[groups.len() - 1].range.end);
        let start = match self.chain.plus {
            Some(plus) if self.plus => plus,
            _ => first.start,
        };
        let closes = |open: &str, close: char| {
            text[..start].ends_with(open) && text[first.end..end].starts_with(close)
        };
        let is_bracketed = closes("(", ')') || closes("[", ']');
        start - usize::from(is_bracketed)..end
    }

    /// The numbers of digits before each separator, except the last.
    pub(super) fn breaks(&self) -> impl Iterator<Item = usize> {
        let first = self.chain.groups[self.span.start].first;
        let groups = &self.chain.groups[self.span.clone()];
        groups[1..].iter().map(move |group| group.first - first)
    }

    pub(super) fn is_separated(&self) -> bool {
        self.span.len() > 1
    }

    /// Whether nothing of the chain is left.
    pub(super) fn is_whole_chain(&self) -> bool {
        self.span == (0..self.chain.groups.len())
    }
}

/// A plus before the first digit, perhaps with a blank or a bracket between them.
fn plus_before(text: &str, first: usize, from: usize) -> Option<usize> {
    let before = &text[from..first];
    let bare = before.strip_suffix(['(', '[', ' ']).unwrap_or(before);
    let bare = match bare.len() == before.len() {
        true => bare,
        false => bare.strip_suffix(' ').unwrap_or(bare),
    };
    bare.ends_with('+').then(|| from + bare.len() - 1)
}

/// The length of the separators at the beginning of a text, if a digit follows them.
fn gap(text: &str) -> Option<usize> {
    let mut last = None;
    for (count, (at, c)) in text.char_indices().enumerate() {
        if c.is_ascii_digit() {
            return (count > 0).then_some(at);
        }
        // Two blanks may be in a number, two hyphens or dots are between numbers.
        let is_repeated = last == Some(c) && c != ' ' && c != '\u{a0}';
        if count == LONGEST_GAP || is_repeated || !is_separator(c) {
            return None;
        }
        last = Some(c);
    }
    None
}

/// What may be between the digits of one number.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '-' | '.' | '/' | '(' | ')' | '[' | ']'
        // No-break, figure, thin and narrow blanks; hyphens and dashes, and the minus sign; the middle dot.
        | '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{2060}' | '\u{ad}' | '\u{2010}'..='\u{2014}' | '\u{2212}' | '\u{b7}'
    )
}

/// The bytes of which separators are made: all those that are not ASCII, because more is found out later.
pub(super) const fn may_separate(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'[' | b']') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn chains(text: &str) -> Vec<String> {
        let shown = |chain: Chain| {
            let groups = chain.groups.iter().map(|group| &text[group.range.clone()]);
            let plus = if chain.plus.is_some() { "+" } else { "" };
            format!("{plus}{}", groups.collect::<Vec<_>>().join("|"))
        };
        Chain::all(text).map(shown).collect()
    }

    #[rstest]
    #[case("+1 (202) 555-0147", &["+1|202|555|0147"])]
    #[case("(+44) 20\u{a0}7946.0100", &["+44|20|7946|0100"])]
    #[case("+ 44 20", &["+44|20"])]
    #[case("1,2;3|4\t5\n6", &["1", "2", "3", "4", "5", "6"])]
    #[case("1--2 3..4   5", &["1", "2|3", "4|5"])]
    #[case("1     2", &["1", "2"])]
    #[case("12+34", &["12", "+34"])]
    #[case("none", &[])]
    fn separators_make_chains(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(chains(text), expected);
    }

    #[rstest]
    #[case("(202) 555", 0..2, "(202) 555")]
    #[case("x (+1 202 555)", 0..3, "+1 202 555")]
    #[case("(+1) 202", 0..2, "(+1) 202")]
    #[case("1 (202) 555", 1..3, "(202) 555")]
    #[case("[+1 202]", 0..2, "+1 202")]
    fn brackets_are_replaced_in_pairs(
        #[case] text: &str,
        #[case] span: Range<usize>,
        #[case] is: &str,
    ) {
        let chain = Chain::all(text).next().unwrap();
        assert_eq!(&text[chain.sequence(span).range(text)], is);
    }

    #[test]
    fn a_zero_in_brackets_is_no_digit() {
        let chain = Chain::all("+44 (0)20 7946").next().unwrap();
        let sequence = chain.sequence(0..4);
        assert_eq!(sequence.digits, b"44207946");
        assert_eq!(sequence.zero_after, Some(2));
        let national = Chain::all("(0)20 7946").next().unwrap();
        assert_eq!(national.sequence(0..3).digits, b"0207946");
    }
}
