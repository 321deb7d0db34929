//! Customer Care's cases: case IDs, lists of devices, the submit files made from them, and descriptions of devices that
//! are read back to the agent.

mod case_id;
mod deadline;
mod describe;
mod device_list;
mod failed_contacts;
mod submit_file;

pub use case_id::fold;
pub(crate) use case_id::{CASE_DROP, CaseId, CaseIdError};
pub(crate) use deadline::answer_due;
pub(crate) use describe::{describe_device, guess_kind};
pub use device_list::EnteredDevice;
pub use device_list::read_list;
pub(crate) use failed_contacts::{DeviceFormat, FailedContact, failed_contacts};
pub use submit_file::Draft;
pub use submit_file::submit_file;
pub(crate) use submit_file::{CorrectedContact, Correction, corrected_file};
