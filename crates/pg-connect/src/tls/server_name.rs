//! Matches a certificate with a host name by libpq's rules, which accept common names; those of rustls do not.

use std::net::IpAddr;

use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// Whether a certificate names a host. Its common name counts only where it has no alternative name of the host's kind
/// (DNS name or IP address).
pub(super) fn matches_host(certificate: &Certificate, host: &str) -> bool {
    let address = host.parse::<IpAddr>().ok();
    let mut common_name_counts = true;
    for name in alternative_names(certificate) {
        common_name_counts &= match name {
            GeneralName::DnsName(_) => address.is_some(),
            GeneralName::IpAddress(_) => address.is_none(),
            _ => true,
        };
        let is_same = match (&name, address) {
            (GeneralName::DnsName(name), None) => is_same_name(name.as_str(), host),
            (GeneralName::DnsName(name), Some(_)) => name.as_str() == host,
            (GeneralName::IpAddress(bytes), Some(IpAddr::V4(ip))) => {
                bytes.as_bytes() == ip.octets()
            }
            (GeneralName::IpAddress(bytes), Some(IpAddr::V6(ip))) => {
                bytes.as_bytes() == ip.octets()
            }
            _ => false,
        };
        if is_same {
            return true;
        }
    }
    let same = |name: &str| match address {
        Some(_) => name == host,
        None => is_same_name(name, host),
    };
    common_name_counts && common_name(certificate).is_some_and(same)
}

fn alternative_names(certificate: &Certificate) -> Vec<GeneralName> {
    match certificate.tbs_certificate.get::<SubjectAltName>() {
        Ok(Some((_critical, names))) => names.0,
        _ => Vec::new(),
    }
}

fn common_name(certificate: &Certificate) -> Option<&str> {
    let subject = &certificate.tbs_certificate.subject;
    let mut attributes = subject.0.iter().flat_map(|names| names.0.iter());
    let first = attributes.find(|attribute| attribute.oid == COMMON_NAME)?;
    std::str::from_utf8(first.value.value()).ok()
}

/// Whether a host has the name of a certificate, where a leading `*` matches one label.
fn is_same_name(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(above), Some((label, rest))) => !label.is_empty() && above.eq_ignore_ascii_case(rest),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};
    use x509_cert::der::Decode as _;

    use super::*;

    #[track_caller]
    fn check(common_name: &str, names: &[&str], addresses: &[&str], yes: &[&str], no: &[&str]) {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        if !common_name.is_empty() {
            params
                .distinguished_name
                .push(DnType::CommonName, common_name);
        }
        let names = names
            .iter()
            .map(|name| SanType::DnsName((*name).try_into().unwrap()));
        let addresses = addresses
            .iter()
            .map(|ip| SanType::IpAddress(ip.parse().unwrap()));
        params.subject_alt_names = names.chain(addresses).collect();
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let certificate = Certificate::from_der(made.der()).unwrap();
        for host in yes {
            assert!(matches_host(&certificate, host), "{host}");
        }
        for host in no {
            assert!(!matches_host(&certificate, host), "{host}");
        }
    }

    #[test]
    fn a_certificate_matches_its_alternative_names() {
        check(
            "cn.example.com",
            &["db.example.com", "*.pool.example.com", "192.0.2.9"],
            &["192.0.2.1", "3fff::1"],
            &[
                "db.example.com",
                "DB.Example.com",
                "a.pool.example.com",
                "192.0.2.1",
                "3fff::1",
                "192.0.2.9",
            ],
            &[
                "cn.example.com",
                "example.com",
                "pool.example.com",
                "a.b.pool.example.com",
                ".pool.example.com",
                "192.0.2.2",
                "3fff::2",
                "xdb.example.com",
            ],
        );
    }

    #[test]
    fn the_common_name_counts_without_an_alternative_name_of_the_hosts_kind() {
        check(
            "cn.example.com",
            &[],
            &[],
            &["cn.example.com", "CN.example.com"],
            &["example.com"],
        );
        check(
            "*.example.com",
            &[],
            &[],
            &["a.example.com"],
            &["example.com", "a.b.example.com"],
        );
        check(
            "cn.example.com",
            &[],
            &["192.0.2.1"],
            &["cn.example.com", "192.0.2.1"],
            &[],
        );
        check(
            "192.0.2.1",
            &["db.example.com"],
            &[],
            &["192.0.2.1", "db.example.com"],
            &["192.0.2.2"],
        );
        check(
            "192.0.2.1",
            &[],
            &["192.0.2.2"],
            &["192.0.2.2"],
            &["192.0.2.1"],
        );
        check("*.0.2.1", &[], &[], &[], &["192.0.2.1"]);
        check("", &[], &[], &[], &["", "cn.example.com"]);
    }
}
