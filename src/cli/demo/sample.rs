//! The sample of the demo, and the accounts in it.

use crate::domain::device::{Device, DeviceKind};

/// The sample submission, with the original values.
pub(super) const SAMPLE: &str = include_str!("../../../fixtures/seed/forget.json");
/// The enterprise that the sample names.
pub(super) const ACCOUNT: &str = "30003748347";
/// The other enterprise, whose rows hold the same devices.
pub(super) const NEIGHBOUR: &str = "40001187020";
/// A client ID of a consumer of the sample.
pub(super) const CLIENT_ID: &str = "LH-104417";

/// The devices of the sample in canonical form, without the malformed phone.
pub(super) fn sample_devices() -> Vec<String> {
    let sample: serde_json::Value =
        serde_json::from_str(SAMPLE).expect("the embedded sample is JSON");
    let requests = sample["requests"].as_array().into_iter().flatten();
    let contacts =
        requests.flat_map(|request| request["contacts"].as_array().into_iter().flatten());
    contacts
        .filter_map(|contact| contact.as_object()?.iter().next())
        .filter_map(|(key, value)| Device::parse(DeviceKind::from_key(key)?, value.as_str()?).ok())
        .map(|device| match device {
            Device::Phone(phone) => phone.e164(),
            Device::Email(email) => email.canonical().to_owned(),
            Device::IpAddr(address) => address.to_string(),
        })
        .collect()
}
