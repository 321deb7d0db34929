//! Receipts as they are handed in for verification: any bytes are read as what they are or refused, no change passes for
//! signed, and a chain is whole only if it is.

use lethe::proof::receipt::chain::{self, Extent, Head, Link, Signature};
use lethe::proof::receipt::{
    self, Document, OperatorCopy, Receipt, Signed, SigningKey, confirmation,
};

/// Whose signature the seeds have.
const SEED: [u8; 32] = [7; 32];

pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let key = SigningKey::of_seed(SEED);
    let mut links = Vec::new();
    for (number, text) in text.split_inclusive("\n}\n").enumerate() {
        read::<OperatorCopy>(text, &key);
        let Some(signed) = read::<Receipt>(text, &key) else {
            continue;
        };
        told(&signed.content);
        let good = signed.is_signed_by(key.public());
        let signature = match good {
            true => Signature::Good,
            false => Signature::Bad,
        };
        links.push(Link::new(format!("r{number}"), &signed, signature));
    }
    of_chain(&links);
    // Whatever numbers and hashes somebody signs who has the key.
    links
        .iter_mut()
        .for_each(|link| link.signature = Signature::Good);
    of_chain(&links);
}

/// Reads a document. What is signed are just the bytes that Lethe writes for it, and what it writes is read as the same.
fn read<T>(text: &str, key: &SigningKey) -> Option<Signed<T>>
where
    T: Document + Clone + PartialEq + std::fmt::Debug,
{
    let signed = receipt::read::<T>(text.to_owned()).ok()?;
    assert_eq!(signed.text(), text);
    assert_eq!(signed.hash(), receipt::hash(text));
    let written = receipt::sign(&signed.content, key);
    if signed.is_signed_by(key.public()) {
        assert_eq!(written, text, "other bytes pass for signed");
    }
    let again = receipt::read::<T>(written).expect("what was written is read");
    assert_eq!(again.content, signed.content);
    assert!(again.is_signed_by(key.public()));
    let stranger = SigningKey::of_seed([8; 32]);
    assert!(!again.is_signed_by(stranger.public()));
    Some(signed)
}

/// The words for a consumer are made of any receipt or of none.
fn told(receipt: &Receipt) {
    if let Ok(text) = confirmation(receipt) {
        assert!(receipt.readable && text.starts_with("Confirmation\n"));
        if receipt.requests != 1 {
            // Of several people's requests nobody learns the others' numbers.
            assert!(!text.contains("\n- "), "{text}");
        }
    }
}

fn of_chain(links: &[Link]) {
    let all: Vec<&Link> = links.iter().collect();
    if chain::check(&all, Extent::Whole).is_empty() {
        assert!(is_whole(links), "{links:?}");
    }
    chain::check(&all, Extent::Some);
    chain::set_back(&all);
    // Against one's own copies nothing is missing, and nothing is another.
    let good: Vec<&Link> = all.iter().copied().filter(|link| link.is_good()).collect();
    let forked = good.iter().any(|a| {
        good.iter()
            .any(|b| a.number == b.number && a.hash != b.hash)
    });
    if !forked {
        assert_eq!(chain::against_copies(&good, &good, "copies"), []);
    }
    // An end that is cut off is seen by whoever knows the end.
    if let Some(last) = good.iter().max_by_key(|link| link.number) {
        let head = Head {
            number: last.number,
            hash: last.hash.clone(),
        };
        if !forked {
            assert_eq!(chain::against_head(&good, &head, "the ledger"), []);
        }
        let before: Vec<&Link> = good
            .iter()
            .copied()
            .filter(|link| link.number < last.number)
            .collect();
        if !before.is_empty() {
            assert_ne!(chain::against_head(&before, &head, "the ledger"), []);
            assert_ne!(chain::against_copies(&before, &good, "copies"), []);
        }
    }
}

/// From the first on each number is there, once, with the hash of the one before; of one that was tampered with nobody knows.
fn is_whole(links: &[Link]) -> bool {
    let good = || links.iter().filter(|link| link.is_good());
    let same = |a: &Link, b: &Link| a.number != b.number || a.hash == b.hash;
    let follows = |link: &Link| match link.number {
        0 => false,
        1 => link.previous.is_none(),
        number => {
            let mut before = good().filter(|other| other.number == number - 1);
            let tampered = |other: &Link| !other.is_good() && other.number == number - 1;
            match before.next() {
                Some(before) => link.previous.as_ref() == Some(&before.hash),
                None => link.previous.is_some() && links.iter().any(tampered),
            }
        }
    };
    good().all(|a| follows(a) && good().all(|b| same(a, b)))
}
