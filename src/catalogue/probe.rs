//! Probes: constraints, index expressions and types are asked whether they accept a value, in read-only transactions without
//! any row of a table. Nobody else's function runs: what reaches one is not asked.

use futures_util::future::join_all;

use super::queries;
use crate::postgres::sql::Statement;
use crate::postgres::{DatabaseError, Session};

/// A question about a value.
pub(super) struct Probe {
    pub(super) question: Question,
    /// The object that is asked, and the table: for a message about an error.
    pub(super) about: String,
}

/// A statement that evaluates what must accept a value.
pub(super) enum Question {
    Expression(Statement),
    Type(Statement),
}

/// The answer to a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Accepts,
    /// It returned false, or a data or integrity error.
    Rejects,
    /// The evaluation failed with this error.
    Failed(DatabaseError),
}

/// What the server answers to the rest of a transaction after an error.
const IN_FAILED_TRANSACTION: &str = "25P02";

/// Asks all probes; the answers are in the same order. Each error ends a transaction, and the probes after it are asked in
/// another one.
pub(super) async fn ask(
    session: &Session,
    probes: impl IntoIterator<Item = &Probe>,
) -> Result<Vec<Answer>, DatabaseError> {
    let probes: Vec<&Probe> = probes.into_iter().collect();
    let mut answers: Vec<Option<Answer>> = vec![None; probes.len()];
    loop {
        let open: Vec<usize> = (0..probes.len())
            .filter(|i| answers[*i].is_none())
            .collect();
        if open.is_empty() {
            break;
        }
        session.begin_probe().await?;
        // Pipelined.
        let asked = open
            .iter()
            .map(|index| probes[*index].question.ask(session));
        let asked = join_all(asked).await;
        session.rollback().await?;
        for (index, answer) in open.into_iter().zip(asked) {
            match answer {
                Err(error) if error.sqlstate.as_deref() == Some(IN_FAILED_TRANSACTION) => {}
                Err(error) if error.is_lost_connection() || error.is_unreadable_row() => {
                    return Err(error);
                }
                Err(error) if error.rejects_value() => answers[index] = Some(Answer::Rejects),
                Err(error) => answers[index] = Some(Answer::Failed(error)),
                Ok(true) => answers[index] = Some(Answer::Accepts),
                Ok(false) => answers[index] = Some(Answer::Rejects),
            }
        }
    }
    Ok(answers.into_iter().flatten().collect())
}

impl Question {
    /// Whether it returns no false value.
    async fn ask(&self, session: &Session) -> Result<bool, DatabaseError> {
        let rows = match self {
            Question::Expression(statement) => queries::check_allows(session, statement).await?,
            Question::Type(statement) => queries::type_allows(session, statement).await?,
        };
        Ok(rows.iter().all(|row| row.allowed != Some(false)))
    }
}
