//! Placeholders: random replacements of devices (contract section 5).
//!
//! They are drawn from the operating system's random generator and do not depend on the device.

use std::net::Ipv6Addr;

use data_encoding::{Encoding, Specification};
use rand::TryRng as _;
use rand::rngs::SysRng;

/// Characters of a random code: 128 bits in base 32.
pub(crate) const CODE: usize = 26;
/// Characters of a short placeholder: 65 bits, for columns too short for more.
pub(crate) const SHORT: usize = 13;

/// The operating system returned no random bits.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot read random bits from the operating system\n  detail: nothing was changed\n  hint: run again"
)]
pub struct NoRandom;

/// Draws placeholders.
pub(crate) struct Placeholders {
    encoding: Encoding,
}

/// One draw: a code for text columns, an address for `inet` columns.
pub(crate) struct Placeholder {
    /// 26 characters of `a-z2-7`.
    pub(crate) code: String,
    /// In 2001:db8::/32, which is reserved for documentation (RFC 3849).
    pub(crate) address: Ipv6Addr,
}

impl Default for Placeholders {
    fn default() -> Placeholders {
        let mut specification = Specification::new();
        specification
            .symbols
            .push_str("abcdefghijklmnopqrstuvwxyz234567");
        Placeholders {
            encoding: specification
                .encoding()
                .expect("32 distinct symbols make an encoding"),
        }
    }
}

impl Placeholders {
    /// Draws the next one: 128 random bits for the code, 96 for the address. The short form contains a letter, so that it
    /// cannot be dialled.
    pub(crate) fn draw(&self) -> Result<Placeholder, NoRandom> {
        loop {
            let drawn = self.draw_any()?;
            if drawn.code[..SHORT].bytes().any(|b| b.is_ascii_lowercase()) {
                return Ok(drawn);
            }
        }
    }

    fn draw_any(&self) -> Result<Placeholder, NoRandom> {
        let mut bits = [0u8; 28];
        SysRng.try_fill_bytes(&mut bits).map_err(|_| NoRandom)?;
        let mut address = [0u8; 16];
        address[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        address[4..].copy_from_slice(&bits[16..]);
        Ok(Placeholder {
            code: self.encoding.encode(&bits[..16]),
            address: address.into(),
        })
    }
}

/// Draws a key from the operating system's random generator.
pub(crate) fn random_key() -> Result<[u8; 32], NoRandom> {
    let mut key = [0u8; 32];
    SysRng.try_fill_bytes(&mut key).map_err(|_| NoRandom)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::device::{Device, DeviceKind};

    #[test]
    fn placeholders_are_distinct_and_not_devices() {
        let placeholders = Placeholders::default();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let Placeholder { code, address } = placeholders.draw().unwrap();
            assert_eq!(code.len(), CODE);
            assert!(
                code.bytes()
                    .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
            );
            assert!(address.to_string().starts_with("2001:db8:"));
            for kind in [DeviceKind::Phone, DeviceKind::Email, DeviceKind::Ipaddr] {
                for text in [
                    code.clone(),
                    format!("anon-{kind}-{code}"),
                    address.to_string(),
                ] {
                    assert!(
                        Device::parse(kind, &text).is_err(),
                        "a placeholder was accepted as a device"
                    );
                }
            }
            assert!(seen.insert(code) && seen.insert(address.to_string()));
        }
    }
}
