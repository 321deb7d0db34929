//! Whether the values of device columns have the forms that the catalogue declares: `catalogue check` compares a sample. Values are
//! judged here and never shown.

use super::declaration::{DeviceRole, EmailCase, PlaceholderWidth, Search, StoredForm};
use super::family::Families;
use super::model::{Catalogue, DeviceColumn, Table, TypeShape};
use super::queries::{self, RowEstimate};
use super::reading::{Unreadable, why_unreadable};
use super::source::Source;
use super::user_columns::{UserColumn, user_columns};
use crate::catalogue::render;
use crate::domain::device::DeviceKind;
use crate::domain::recogniser::{Countries, Shape, Sighting, Spelling, sightings};
use crate::postgres::query::One;
use crate::postgres::{DatabaseError, Session};

/// How many rows a sample is to have; with what it is read by, the server reads few blocks of a large table.
const WANTED_ROWS: f64 = 2_000.0;
/// The share of values, of 1,000 that look like devices, that must have a declared form.
const EXPECTED: usize = 999;

/// What the samples show.
#[derive(Debug, Default)]
pub(crate) struct FormSamples {
    /// Of columns with values in other forms; each a sentence with its hint after a semicolon.
    pub(crate) warnings: Vec<String>,
    /// Of columns that were not sampled, with the reason.
    pub(crate) notes: Vec<String>,
}

/// Samples every column that is searched in declared forms. Addresses in columns of type inet have one form only.
pub(crate) async fn form_samples(
    catalogue: &Catalogue,
    sources: &[Source],
    session: &Session,
) -> Result<FormSamples, DatabaseError> {
    let mut samples = FormSamples::default();
    let all = user_columns(session).await?;
    for (_, table) in catalogue.tables() {
        for device in table.devices().filter(is_compared) {
            let is_it = |found: &&UserColumn| {
                found.table == table.name && found.column == device.column.name
            };
            let Some(column) = all.iter().find(is_it) else {
                continue;
            };
            match sample(session, column, sources, device.device).await? {
                Ok(tally) => samples.warnings.extend(tally.warning(table, &device)),
                Err(Unreadable(why)) => samples.notes.push(format!(
                    "values of {}.{} were not compared with its forms: {why}",
                    table.name.plain(),
                    device.column.printed
                )),
            }
        }
    }
    Ok(samples)
}

/// Whether a column is searched in declared forms, and may have others.
fn is_compared(device: &DeviceColumn<'_>) -> bool {
    matches!(device.device.search, Search::Exact(_)) && device.column.shape != TypeShape::Inet
}

/// Reads a sample in a transaction of its own. The inner error is why there is none.
async fn sample(
    session: &Session,
    column: &UserColumn,
    sources: &[Source],
    role: &DeviceRole,
) -> Result<Result<Tally, Unreadable>, DatabaseError> {
    session.begin_sample().await?;
    let sampled = sample_if_readable(session, column, sources, role).await;
    session.rollback().await?;
    match sampled {
        Err(error) if error.is_lost_connection() && session.is_closed() => Err(error),
        Err(error) if error.is_unreadable_row() => Err(error),
        Err(error) => Ok(Err(Unreadable(error.to_string()))),
        Ok(sampled) => Ok(sampled),
    }
}

async fn sample_if_readable(
    session: &Session,
    column: &UserColumn,
    sources: &[Source],
    role: &DeviceRole,
) -> Result<Result<Tally, Unreadable>, DatabaseError> {
    if let Some(why) = why_unreadable(session, column, sources).await? {
        return Ok(Err(why));
    }
    let families = Families::look_up([&column.table], session).await?;
    let Some(table) = families.declared().first() else {
        return Ok(Err(Unreadable("its table is gone".to_owned())));
    };
    let One(RowEstimate { estimate }) = queries::row_estimate(session, *table).await?;
    let percent = (100.0 * WANTED_ROWS / estimate.max(1.0)).min(100.0);
    let statement = render::form_sample(&column.table, &column.column, column.origin);
    let mut tally = Tally::default();
    for row in queries::form_sample(session, &statement, percent).await? {
        tally.add(&row.value, role);
    }
    Ok(Ok(tally))
}

/// The values of a sample.
#[derive(Debug, Default)]
struct Tally {
    /// Those that look like a device.
    devices: usize,
    /// Of these, those in a declared form.
    declared: usize,
    /// What the declaration lacks for the others.
    lacking: Vec<Lack>,
}

/// What the declaration of a column lacks for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lack {
    Form(StoredForm),
    AnyCase,
    /// No form has it.
    AnySpelling,
}

impl Tally {
    fn add(&mut self, value: &str, role: &DeviceRole) {
        let found = sightings(value, Shape::Text, &Countries::unknown());
        let Some(first) = found.first() else {
            return;
        };
        self.devices += 1;
        match lack(value, first, role) {
            None => self.declared += 1,
            Some(lack) if self.lacking.contains(&lack) => {}
            Some(lack) => self.lacking.push(lack),
        }
    }

    fn warning(&self, table: &Table, device: &DeviceColumn<'_>) -> Option<String> {
        if self.declared * 1_000 >= self.devices * EXPECTED {
            return None;
        }
        let share = self.declared as f64 * 100.0 / self.devices as f64;
        Some(format!(
            "{}: {} of {} sampled values of {}.{} that look like devices have a declared form ({share:.1} %), and the others are not found; declare {} = {}",
            table.place,
            self.declared,
            self.devices,
            table.name.plain(),
            device.column.printed,
            device.column.printed,
            self.line(device.device),
        ))
    }

    /// The declaration that would match.
    fn line(&self, role: &DeviceRole) -> String {
        let mut kinds = role.kinds.clone();
        let mut forms = role.search.forms().to_vec();
        let mut case = role.case;
        for lack in &self.lacking {
            match lack {
                Lack::Form(form) => {
                    forms.push(*form);
                    kinds.extend(Some(form.kind()).filter(|kind| !kinds.contains(kind)));
                }
                Lack::AnyCase => case = EmailCase::Any,
                Lack::AnySpelling => forms.clear(),
            }
        }
        let forms = match self.lacking.contains(&Lack::AnySpelling) {
            true => Vec::new(),
            false => forms,
        };
        let quoted = |words: Vec<String>| format!("[\"{}\"]", words.join("\", \""));
        let words = quoted(kinds.iter().map(ToString::to_string).collect());
        let mut options = vec!["role = \"device\"".to_owned(), format!("kinds = {words}")];
        if !forms.is_empty() {
            let words = forms.iter().map(|form| word(*form).to_owned());
            options.push(format!("forms = {}", quoted(words.collect())));
            if case == EmailCase::Exact {
                options.push("case = \"exact\"".to_owned());
            }
        }
        match role.placeholder {
            PlaceholderWidth::Full => {}
            PlaceholderWidth::Short => options.push("placeholder = \"short\"".to_owned()),
            PlaceholderWidth::Null => options.push("placeholder = \"null\"".to_owned()),
        }
        if let Some(country) = &role.country {
            options.push(format!("country = {country:?}"));
        }
        format!("{{ {} }}", options.join(", "))
    }
}

fn word(form: StoredForm) -> &'static str {
    match form {
        StoredForm::E164 => "e164",
        StoredForm::Digits => "digits",
        StoredForm::National => "national",
        StoredForm::Email => "email",
        StoredForm::Address => "address",
    }
}

/// What a declaration lacks for a value in which a device was seen first; `None`: nothing.
fn lack(value: &str, seen: &Sighting, role: &DeviceRole) -> Option<Lack> {
    let kind = match &seen.device {
        Some(device) => device.kind(),
        None => DeviceKind::Phone,
    };
    let is_whole = seen.range == (0..value.len());
    let digits = value.strip_prefix('+').unwrap_or(value);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    // Which of the two digits are depends on the country of the account.
    let forms: &[StoredForm] = match kind {
        _ if !is_whole => &[],
        DeviceKind::Phone if !is_number => &[],
        DeviceKind::Phone if value.starts_with('+') => &[StoredForm::E164],
        DeviceKind::Phone => &[StoredForm::Digits, StoredForm::National],
        DeviceKind::Email => match (seen.spelling, role.case) {
            (Spelling::LetterCase, EmailCase::Exact) => return Some(Lack::AnyCase),
            (Spelling::Canonical | Spelling::Idna | Spelling::LetterCase, _) => {
                &[StoredForm::Email]
            }
            _ => &[],
        },
        DeviceKind::Ipaddr if seen.spelling == Spelling::Canonical => &[StoredForm::Address],
        DeviceKind::Ipaddr => &[],
    };
    let Some(first) = forms.first() else {
        return Some(Lack::AnySpelling);
    };
    let declared = role.search.forms();
    let has_one = forms.iter().any(|form| declared.contains(form));
    (!has_one).then_some(Lack::Form(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(value: &str, role: &DeviceRole) -> Option<Option<Lack>> {
        let mut tally = Tally::default();
        tally.add(value, role);
        (tally.devices == 1).then(|| tally.lacking.first().copied())
    }

    #[test]
    fn values_are_compared_with_the_declared_forms() {
        let kinds = vec![DeviceKind::Phone, DeviceKind::Email];
        let role = DeviceRole::stored_in(kinds, vec![StoredForm::E164, StoredForm::Email]);
        let nothing = [
            "",
            " ",
            "unknown",
            "anon-phone-aaaaaaaaaaaaaaaaaaaaaaaaaa",
            "2001:db8::7",
        ];
        for value in nothing {
            assert_eq!(judged(value, &role), None, "{value:?}");
        }
        for (value, lack) in [
            ("+12025550101", None),
            ("12025550101", Some(Lack::Form(StoredForm::Digits))),
            ("+1 202 555 0101", Some(Lack::AnySpelling)),
            ("(202) 555-0101", Some(Lack::AnySpelling)),
            ("tel:+12025550101", Some(Lack::AnySpelling)),
            ("Ann@Example.com", None),
            ("Ann <ann@example.com>", Some(Lack::AnySpelling)),
            ("192.0.2.1", Some(Lack::Form(StoredForm::Address))),
        ] {
            assert_eq!(judged(value, &role), Some(lack), "{value}");
        }
        let exact = DeviceRole {
            case: EmailCase::Exact,
            ..role
        };
        let lack = judged("Ann@example.com", &exact);
        assert_eq!(lack, Some(Some(Lack::AnyCase)));
    }
}
