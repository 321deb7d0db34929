//! The history of submissions: when answers are due, how long they took, and totals.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::care::answer_due;
use crate::domain::response::Tally;
use crate::ledger::{self, HistoryFilter, HistoryRow, NotRun};
use crate::postgres::Session;
use crate::service::ServiceError;

/// The history of a ledger.
#[derive(Serialize)]
pub(crate) struct History {
    /// Newest first.
    pub(crate) submissions: Vec<Entry>,
    /// Totals of all submissions that match, also beyond the limit.
    pub(crate) totals: Totals,
    /// Submissions of cases that were never run; absent where a drop or days are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_run: Option<NotRun>,
}

/// Reads the history: at most `limit` submissions that match.
pub(crate) async fn history(
    session: &Session,
    filter: &HistoryFilter,
    limit: u32,
    now: DateTime<Utc>,
) -> Result<History, ServiceError> {
    let rows = ledger::history(session, filter).await?.into_iter();
    let mut submissions: Vec<Entry> = rows.map(|row| Entry::new(row, now)).collect();
    let totals = totals(&submissions);
    submissions.truncate(limit as usize);
    let not_run = match (&filter.drop, filter.from, filter.to) {
        (None, None, None) => {
            let case = filter.case.as_deref();
            Some(ledger::not_run(session, case, now.date_naive()).await?)
        }
        _ => None,
    };
    Ok(History {
        submissions,
        totals,
        not_run,
    })
}

/// One submission with its times.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    #[serde(flatten)]
    pub(crate) row: HistoryRow,
    /// From its receipt to the publication of its results; `None` while it is open.
    pub(crate) seconds: Option<f64>,
    /// The day by whose end an answer is due; `None` where the day of the consumer's request is not recorded.
    pub(crate) due_on: Option<NaiveDate>,
    /// Whether it was answered after that day, or is still open after it; `None`: not known.
    pub(crate) overdue: Option<bool>,
}

/// All submissions together, also those that are not shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Totals {
    pub(crate) submissions: u64,
    /// Not done yet.
    pub(crate) open: u64,
    /// Could not be read.
    pub(crate) unreadable: u64,
    pub(crate) contacts: i64,
    #[serde(flatten)]
    pub(crate) tally: Tally,
    pub(crate) rows: i64,
    pub(crate) median_seconds: Option<f64>,
    pub(crate) longest_seconds: Option<f64>,
    pub(crate) overdue: u64,
    /// Submissions for which the day of the consumer's request is not recorded.
    pub(crate) due_unknown: u64,
}

impl Entry {
    pub(crate) fn new(row: HistoryRow, now: DateTime<Utc>) -> Entry {
        let due_on = row.asked_on.and_then(answer_due);
        let ended = row.completed_at.unwrap_or(now).date_naive();
        let took = row.completed_at.map(|at| at - row.received_at);
        Entry {
            seconds: took.map(|took| took.num_milliseconds() as f64 / 1000.0),
            due_on,
            overdue: due_on.map(|due| ended > due),
            row,
        }
    }
}

/// Adds up the figures of all submissions.
pub(crate) fn totals(entries: &[Entry]) -> Totals {
    let mut totals = Totals::default();
    let mut took: Vec<f64> = entries.iter().filter_map(|entry| entry.seconds).collect();
    took.sort_by(f64::total_cmp);
    totals.longest_seconds = took.last().copied();
    totals.median_seconds = took.get(took.len().saturating_sub(1) / 2).copied();
    for Entry { row, overdue, .. } in entries {
        totals.submissions += 1;
        totals.open += u64::from(row.completed_at.is_none());
        totals.unreadable += u64::from(row.problem.is_some());
        totals.contacts += row.contacts;
        totals.tally.success += row.tally.success;
        totals.tally.not_found += row.tally.not_found;
        totals.tally.error += row.tally.error;
        totals.rows += row.rows;
        totals.overdue += u64::from(*overdue == Some(true));
        totals.due_unknown += u64::from(overdue.is_none());
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identifier::SubmissionId;
    use crate::domain::request::Action;
    use crate::ledger::State;
    use rstest::rstest;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn moment(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn row(asked: Option<&str>, completed: Option<&str>) -> HistoryRow {
        HistoryRow {
            submission: SubmissionId::new(1),
            drop: "acme".into(),
            file: "forget-20180315_1.json".into(),
            action: Action::Forget,
            state: State::Done,
            cases: Vec::new(),
            contacts: 3,
            tally: Tally {
                success: 2,
                not_found: 1,
                error: 1,
            },
            rows: 5,
            problem: None,
            received_at: moment("2018-03-15T12:00:00Z"),
            answered_at: None,
            completed_at: completed.map(moment),
            purged_at: None,
            asked_on: asked.map(day),
        }
    }

    #[rstest]
    #[case(None, Some("2018-03-15T12:00:01.5Z"), None)]
    #[case(Some("2018-02-15"), Some("2018-03-15T23:59:59Z"), Some(false))]
    #[case(Some("2018-02-14"), Some("2018-03-15T12:00:00Z"), Some(true))]
    #[case(Some("2018-03-01"), None, Some(true))]
    #[case(Some("2018-03-02"), None, Some(false))]
    fn a_late_answer_is_overdue_and_an_unknown_one_is_not(
        #[case] asked: Option<&str>,
        #[case] completed: Option<&str>,
        #[case] overdue: Option<bool>,
    ) {
        let now = moment("2018-04-02T00:00:00Z");
        assert_eq!(Entry::new(row(asked, completed), now).overdue, overdue);
    }

    #[test]
    fn totals_add_up() {
        let now = moment("2018-04-02T00:00:00Z");
        let entries = [
            row(None, Some("2018-03-15T12:00:01.5Z")),
            row(Some("2018-01-01"), Some("2018-03-15T12:00:10Z")),
            row(Some("2018-03-15"), None),
        ]
        .map(|row| Entry::new(row, now));
        let expected = Totals {
            submissions: 3,
            open: 1,
            unreadable: 0,
            contacts: 9,
            tally: Tally {
                success: 6,
                not_found: 3,
                error: 3,
            },
            rows: 15,
            median_seconds: Some(1.5),
            longest_seconds: Some(10.0),
            overdue: 1,
            due_unknown: 1,
        };
        assert_eq!(totals(&entries), expected);
        assert_eq!(totals(&[]), Totals::default());
    }
}
