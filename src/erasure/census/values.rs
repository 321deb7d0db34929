//! The devices of a submission, staged for a search of statistics, statements and comments.

use crate::catalogue::plan::{CREATE_LOOKUP, LOOKUPS, SET_LOOKUP_STATISTICS};
use crate::domain::device::Device;
use crate::domain::lookup::{Form, NationalForms, lookups};
use crate::domain::submission::Submission;
use crate::postgres::declared::commands;
use crate::postgres::{CopyRows, DatabaseError, Session};

commands! { ANALYZE_LOOKUP = "stage/analyze_lookup.sql"; }

/// Stages every device of a submission in every form, in lower case, regardless of accounts, in `lethe_lookup`. Earlier
/// staging of the session is discarded.
pub(crate) async fn stage(session: &Session, submission: &Submission) -> Result<(), DatabaseError> {
    session.discard_temp().await?;
    session.run(&CREATE_LOOKUP.into()).await?;
    session.run(&SET_LOOKUP_STATISTICS.into()).await?;
    let mut rows = CopyRows::default();
    for (index, device) in submission.devices.iter().enumerate() {
        for lookup in lookups(device, NationalForms::None, &[]) {
            rows.int(index as i32)
                .small(lookup.form.number())
                .optional_int(None)
                .text(&lookup.value.to_lowercase())
                .end();
        }
        if let Device::Phone(phone) = device {
            for value in phone.domestic_forms() {
                rows.int(index as i32)
                    .small(Form::National.number())
                    .optional_int(None)
                    .text(&value)
                    .end();
            }
        }
    }
    session.copy_in(&LOOKUPS.into(), &mut rows).await?;
    session.run(&ANALYZE_LOOKUP.into()).await
}
