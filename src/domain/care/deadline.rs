//! When an answer to a consumer is due.

use chrono::{Months, NaiveDate};

/// The last day for an answer to a consumer who asked on `asked`: a month later (GDPR, article 12), or the last day of that
/// month if it has no such day. Holidays are ignored. `None` if that day cannot be represented.
pub(crate) fn answer_due(asked: NaiveDate) -> Option<NaiveDate> {
    asked.checked_add_months(Months::new(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2018-03-15", "2018-04-15")]
    #[case("2018-01-31", "2018-02-28")]
    #[case("2020-01-30", "2020-02-29")]
    #[case("2018-12-31", "2019-01-31")]
    #[case("2018-02-28", "2018-03-28")]
    fn an_answer_is_due_after_a_month(#[case] asked: &str, #[case] due: &str) {
        assert_eq!(
            answer_due(asked.parse().unwrap()),
            Some(due.parse().unwrap())
        );
    }
}
