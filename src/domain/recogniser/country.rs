//! The country in which the numbers of a row are read.

use crate::domain::numbering::NumberingPlan;

/// The country of a row, an account or a catalogue.
#[derive(Clone, Copy)]
pub struct Country {
    pub(super) plan: &'static NumberingPlan,
}

impl Country {
    /// A country by its dialling code (`1`, `+44`, `0044`, also with blanks, and with an area code after `+1` as in `1-876`) or by its
    /// ISO 3166 code of two letters. `None` if there is no such code.
    pub fn parse(text: &str) -> Option<Country> {
        let text = text.trim();
        if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
            return NumberingPlan::of_region(text).map(|plan| Country { plan });
        }
        let code = text.strip_prefix("00").or(text.strip_prefix('+'));
        let code: String = code
            .unwrap_or(text)
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '(' | ')'))
            .collect();
        let is_number = !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit());
        // Some countries of the North American plan are written with their area code.
        let code = match code.len() {
            4 if code.starts_with('1') => "1",
            _ => &code,
        };
        let plan = is_number.then(|| NumberingPlan::of_code(code)).flatten()?;
        Some(Country { plan })
    }
}

/// What is known of the country in which a number is read. The first that is known decides.
#[derive(Clone, Copy, Default)]
pub struct Countries<'a> {
    row: RowCountry,
    account: Option<Country>,
    account_trunk: &'a str,
    catalogue: Option<Country>,
}

#[derive(Clone, Copy, Default)]
enum RowCountry {
    /// No column says it, or the column is empty.
    #[default]
    Silent,
    Known(Country),
    /// The column says something that is not a country: the row is of an unknown country, not of the account's.
    Unreadable,
}

impl<'a> Countries<'a> {
    /// Nothing is known.
    pub fn unknown() -> Countries<'a> {
        Countries::default()
    }

    /// The value of the column that says the country of the row. NULL and blank values say nothing.
    #[must_use]
    pub fn with_row(self, value: Option<&str>) -> Countries<'a> {
        let value = value.map(str::trim).filter(|value| !value.is_empty());
        let row = match value.map(Country::parse) {
            None => RowCountry::Silent,
            Some(Some(country)) => RowCountry::Known(country),
            Some(None) => RowCountry::Unreadable,
        };
        Countries { row, ..self }
    }

    /// The dialling code of the account, and its trunk prefix (empty where it has none or where that of its country applies).
    #[must_use]
    pub fn with_account(self, dialling_code: &str, trunk_prefix: &'a str) -> Countries<'a> {
        Countries {
            account: Country::parse(dialling_code),
            account_trunk: trunk_prefix,
            ..self
        }
    }

    /// The dialling code that the catalogue gives for all accounts.
    #[must_use]
    pub fn with_catalogue(self, dialling_code: &str) -> Countries<'a> {
        Countries {
            catalogue: Country::parse(dialling_code),
            ..self
        }
    }

    pub(super) fn resolve(&self) -> Context<'a> {
        let assumed = |country: Country| Context {
            country: Some(country.plan),
            ..Context::UNKNOWN
        };
        match (self.row, self.account, self.catalogue) {
            (RowCountry::Known(country), ..) => Context {
                source: Source::Row,
                ..assumed(country)
            },
            (RowCountry::Unreadable, ..) => Context::UNKNOWN,
            (RowCountry::Silent, Some(country), _) => Context {
                trunk: self.account_trunk,
                ..assumed(country)
            },
            (RowCountry::Silent, None, Some(country)) => assumed(country),
            (RowCountry::Silent, None, None) => Context::UNKNOWN,
        }
    }
}

/// The country that decides, and who says so.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) country: Option<&'static NumberingPlan>,
    pub(super) source: Source,
    /// A trunk prefix in use besides those of the plan; empty where there is none.
    pub(super) trunk: &'a str,
    pub(super) zeros: LeadingZeros,
}

/// Whether a value keeps the zeros in front of a number, as text does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LeadingZeros {
    Kept,
    Lost,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The row itself: its numbers are of this country, whatever else they could be.
    Row,
    /// The account or the catalogue: most of its numbers are of this country.
    Assumed,
}

impl Context<'_> {
    /// Nothing is known.
    pub(super) const UNKNOWN: Context<'static> = Context {
        country: None,
        source: Source::Assumed,
        trunk: "",
        zeros: LeadingZeros::Kept,
    };

    /// The trunk prefixes in use in a country, without that of the North American plan, which is its country code.
    pub(super) fn trunks(&self, plan: &'static NumberingPlan) -> impl Iterator<Item = &[u8]> {
        let own = self.country == Some(plan) && !self.trunk.is_empty();
        let own = own.then_some(self.trunk);
        let all = plan.trunks.iter().copied().chain(own);
        all.filter(|trunk| *trunk != plan.code).map(str::as_bytes)
    }
}
