//! Verifying documents and chains.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use trusted_path::Weakness;

use super::names::{is_renamed_certificate, is_renamed_receipt};
use super::report::{Chain, GenuineCertificate, GenuineReceipt, VerificationReport, VerifyingKey};
use super::store::{ReadError, documents_in, exists, is_same_folder, read};
use crate::domain::text::printable;
use crate::proof::certificate::{Certificate, OperatorCertificate};
use crate::proof::receipt::chain::{self, Chained as _, Extent, Head, Link, Problem, Signature};
use crate::proof::receipt::{
    Clocks, Document, HasKey, OperatorCopy, PublicKey, Receipt, Signed, Store, hash, operator_name,
    read as read_document,
};

const COPIES: &str = "the operator's copies";
const LEDGER: &str = "the ledger";

/// What chains are compared with.
pub(crate) struct ChainCheck<'a> {
    /// The folder with the whole chain; `None`: only single documents are given.
    pub(crate) folder: Option<&'a Path>,
    /// The operator's copies; `None`: not available.
    pub(crate) store: Option<&'a Store>,
    /// The ends of chains according to the ledger; empty: not compared.
    pub(crate) heads: &'a BTreeMap<String, Head>,
}

/// Verifies documents with public keys and collects what it finds.
pub(crate) struct Verifier {
    keys: Vec<PublicKey>,
    report: VerificationReport,
}

/// A public key, and the file it was read from.
pub(crate) struct KeyFile {
    pub(crate) path: PathBuf,
    pub(crate) key: PublicKey,
}

/// Whether a genuine document appears in the report, or is only compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listing {
    Listed,
    Unlisted,
}

impl Verifier {
    pub(crate) fn new(files: Vec<KeyFile>) -> Verifier {
        let used = |file: &KeyFile| VerifyingKey {
            file: printable(&file.path),
            fingerprint: file.key.fingerprint(),
        };
        Verifier {
            report: VerificationReport {
                keys: files.iter().map(used).collect(),
                ..VerificationReport::default()
            },
            keys: files.into_iter().map(|file| file.key).collect(),
        }
    }

    /// Notes that others can change a key that was named.
    pub(crate) fn note_untrusted_key(&mut self, path: &Path, weakness: &Weakness) {
        let note = format!(
            "other users can change this public key ({}); compare its fingerprint with the one that the operator published",
            weakness.detail()
        );
        self.report.notes.push(Problem::of(&printable(path), note));
    }

    /// What was found.
    pub(crate) fn finish(self) -> VerificationReport {
        self.report
    }

    /// Verifies single files. A file that cannot be read is an error.
    pub(crate) fn files(&mut self, files: &[PathBuf]) -> Result<Vec<Link>, ReadError> {
        let mut links = Vec::new();
        for file in files {
            let text = read(file).map_err(|cause| ReadError::File {
                path: file.clone(),
                cause,
            })?;
            links.extend(self.document(file, text, Listing::Listed));
        }
        Ok(links)
    }

    /// Verifies all receipts and certificates of a folder. A file that cannot be read is a problem of the folder, and so is
    /// a folder without any document.
    pub(crate) fn folder(&mut self, folder: &Path) -> Result<Vec<Link>, ReadError> {
        let mut links = Vec::new();
        for file in documents_in(folder)? {
            match read(&file) {
                Ok(text) => links.extend(self.document(&file, text, Listing::Listed)),
                Err(cause) => {
                    let problem = format!("it cannot be read: {cause}");
                    self.report.problem(Problem::of(&printable(&file), problem));
                }
            }
        }
        if links.is_empty() {
            let problem = "it contains no receipts";
            self.report
                .problem(Problem::of(&printable(folder), problem));
        }
        Ok(links)
    }

    /// Checks that single documents belong to a chain.
    pub(crate) fn belong(&mut self, files: &[Link], chain: &[Link]) {
        for file in files.iter().filter(|file| file.is_good()) {
            if !chain.iter().any(|link| link.hash == file.hash) {
                let problem = "it is not part of the chain in this folder";
                self.report.problem(Problem::of(&file.name, problem));
            }
        }
    }

    /// Checks each chain that occurs among the documents.
    pub(crate) fn chains(
        &mut self,
        links: &[Link],
        check: &ChainCheck<'_>,
    ) -> Result<(), ReadError> {
        let good: Vec<&Link> = links.iter().filter(|link| link.is_good()).collect();
        if let Some(folder) = check.folder {
            self.note_several_chains(&good, folder);
        }
        let chains: BTreeSet<&str> = good.iter().map(|link| link.chain.as_str()).collect();
        for name in chains {
            let links = links.iter().filter(|link| link.chain == name);
            self.chain(name, &links.collect::<Vec<_>>(), check)?;
        }
        Ok(())
    }

    fn note_several_chains(&mut self, good: &[&Link], folder: &Path) {
        for noun in [Receipt::NOUN, Certificate::NOUN] {
            let of_kind = good.iter().filter(|link| link.noun == noun);
            let chains: BTreeSet<&str> = of_kind.map(|link| link.chain.as_str()).collect();
            if chains.len() > 1 {
                let note = format!(
                    "it contains {noun}s of {} chains: of several drops, or of a drop that was renamed or got a new ledger",
                    chains.len()
                );
                let note = Problem::of(&printable(folder), note);
                self.report.notes.push(note);
            }
        }
    }

    /// Checks one chain by itself, and against whatever it can be compared with.
    fn chain(
        &mut self,
        name: &str,
        links: &[&Link],
        check: &ChainCheck<'_>,
    ) -> Result<(), ReadError> {
        let extent = match check.folder {
            Some(_) => Extent::Whole,
            None => Extent::Some,
        };
        let mut problems = chain::check(links, extent);
        self.report.notes.extend(chain::set_back(links));
        let mut compared_with = Vec::new();
        if let (Some(folder), Some(store)) = (check.folder, check.store) {
            let copies = store.folder_of(name).map_err(|cause| ReadError::Io {
                path: store.path().to_owned(),
                cause,
            })?;
            if let Some(copies) = copies {
                problems.extend(self.against_copies(links, folder, &copies)?);
                compared_with.push(COPIES);
            }
        }
        if let Some(head) = check.heads.get(name)
            && extent == Extent::Whole
        {
            problems.extend(chain::against_head(links, head, LEDGER));
            compared_with.push(LEDGER);
        }
        for problem in problems {
            self.report.problem(problem);
        }
        let count = |noun: &str| {
            let links = links.iter().filter(|link| link.noun == noun);
            let hashes: BTreeSet<&str> = links.map(|l| l.hash.as_str()).collect();
            hashes.len()
        };
        self.report.chains.push(Chain {
            chain: name.to_owned(),
            receipts: count(Receipt::NOUN),
            certificates: count(Certificate::NOUN),
            compared_with,
        });
        Ok(())
    }

    /// Compares a chain with the operator's copies, and these with the operator's parts next to them.
    fn against_copies(
        &mut self,
        links: &[&Link],
        folder: &Path,
        copies: &Path,
    ) -> Result<Vec<Problem>, ReadError> {
        let mut found = Vec::new();
        for file in documents_in(copies)? {
            let Ok(text) = read(&file) else {
                let problem = Problem::of(&printable(&file), "it cannot be read");
                self.report.problem(problem);
                continue;
            };
            let certificate = is_certificate(&text);
            found.extend(self.document(&file, text, Listing::Unlisted));
            match certificate {
                true => self.operator_part::<OperatorCertificate>(&file),
                false => self.operator_part::<OperatorCopy>(&file),
            }
        }
        let found: Vec<&Link> = found.iter().collect();
        Ok(match is_same_folder(folder, copies) {
            true => Vec::new(),
            false => chain::against_copies(links, &found, COPIES),
        })
    }

    /// Verifies the operator's part next to a copy.
    fn operator_part<T: Document + HasKey + OperatorPart>(&mut self, copy: &Path) {
        let name = copy.file_name().map(|n| n.to_string_lossy().into_owned());
        let part = copy.with_file_name(operator_name(&name.unwrap_or_default()));
        let shown = printable(&part);
        let (Ok(text), Ok(document)) = (read(&part), read(copy)) else {
            let problem = Problem::of(&shown, "it cannot be read");
            return self.report.problem(problem);
        };
        if let Some((signed, Signature::Good)) = self.signed::<T>(&shown, text)
            && signed.content.document() != hash(&document)
        {
            let problem = "it belongs to another document than the one next to it";
            self.report.problem(Problem::of(&shown, problem));
        }
    }

    /// Verifies a receipt or a certificate by itself; `None`: it is neither.
    fn document(&mut self, file: &Path, text: String, listing: Listing) -> Option<Link> {
        match is_certificate(&text) {
            true => self.certificate(file, text, listing),
            false => self.receipt(file, text, listing),
        }
    }

    fn receipt(&mut self, file: &Path, text: String, listing: Listing) -> Option<Link> {
        let name = printable(file);
        let (signed, signature) = self.signed::<Receipt>(&name, text)?;
        let link = Link::new(name.clone(), &signed, signature);
        let receipt = signed.content;
        if signature == Signature::Bad {
            return Some(link);
        }
        if is_renamed_receipt(file, &receipt) {
            let problem = format!(
                "it is the receipt of {}: receipts were renamed or swapped",
                printable(&receipt.submission)
            );
            self.report.problem(Problem::of(&name, problem));
        }
        if listing == Listing::Listed {
            self.note_clocks(&name, receipt.clocks());
            let genuine = GenuineReceipt {
                file: name,
                receipt,
            };
            self.report.receipts.push(genuine);
        }
        Some(link)
    }

    fn certificate(&mut self, file: &Path, text: String, listing: Listing) -> Option<Link> {
        let name = printable(file);
        let (signed, signature) = self.signed::<Certificate>(&name, text)?;
        let link = Link::new(name.clone(), &signed, signature);
        let certificate = signed.content;
        if signature == Signature::Bad {
            return Some(link);
        }
        if is_renamed_certificate(file, &certificate) {
            let problem = format!(
                "it is certificate {} of {}: certificates were renamed or swapped",
                certificate.ordinal,
                printable(&certificate.submission)
            );
            self.report.problem(Problem::of(&name, problem));
        }
        if listing == Listing::Listed {
            self.note_clocks(&name, certificate.clocks());
            self.page(file, &certificate);
            let genuine = GenuineCertificate {
                file: name,
                certificate,
            };
            self.report.certificates.push(genuine);
        }
        Some(link)
    }

    fn note_clocks(&mut self, name: &str, clocks: Clocks) {
        if let Some(doubt) = clocks.doubt() {
            self.report.notes.push(Problem::of(name, doubt));
        }
    }

    /// Verifies the page next to a certificate, if there is one.
    fn page(&mut self, file: &Path, certificate: &Certificate) {
        let page = file.with_extension("html");
        if !exists(&page) {
            return;
        }
        let problem = match read(&page) {
            Ok(text) if hash(&text) == certificate.page => return,
            Ok(_) => {
                "it is not the page that the certificate was signed with: it was changed".to_owned()
            }
            Err(cause) => format!("it cannot be read: {cause}"),
        };
        self.report.problem(Problem::of(&printable(&page), problem));
    }

    /// Reads a document and verifies its signature. Whatever is wrong is reported.
    fn signed<T: Document + HasKey>(
        &mut self,
        name: &str,
        text: String,
    ) -> Option<(Signed<T>, Signature)> {
        let signed = match read_document::<T>(text) {
            Ok(signed) => signed,
            Err(error) => {
                self.report.problem(Problem::of(name, error.to_string()));
                return None;
            }
        };
        let named = signed.content.key();
        let key = self.keys.iter().find(|key| key.fingerprint() == named);
        let problem = match key {
            None => {
                let fingerprint: String = named.chars().take(16).collect();
                format!(
                    "it is signed with another key ({}) than those given",
                    printable(fingerprint)
                )
            }
            Some(key) if !signed.is_signed_by(key) => {
                "its signature is wrong: it was changed after it was signed".to_owned()
            }
            Some(_) => return Some((signed, Signature::Good)),
        };
        self.report.problem(Problem::of(name, problem));
        Some((signed, Signature::Bad))
    }
}

/// Whether a text is a certificate rather than a receipt, judging by its first member.
fn is_certificate(text: &str) -> bool {
    let members = text.trim_start().strip_prefix('{').map(str::trim_start);
    members.is_some_and(|members| members.starts_with("\"lethe_certificate\""))
}

/// The operator's part of a document.
trait OperatorPart {
    /// The hash of the document.
    fn document(&self) -> &str;
}

impl OperatorPart for OperatorCopy {
    fn document(&self) -> &str {
        &self.receipt
    }
}

impl OperatorPart for OperatorCertificate {
    fn document(&self) -> &str {
        &self.certificate
    }
}
