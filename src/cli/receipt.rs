//! `receipt verify`: are these receipts and certificates genuine, and are they all there? Needs no database.

mod certificates;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use nix::fcntl::OFlag;
use serde::Serialize;

use self::certificates::{ShownCertificate, is_certificate, is_named_certificate};
use crate::cli::arguments::{Format, Global, VerifyReceipts};
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome, output};
use crate::drop::{FileName, RESULT};
use crate::ledger;
use crate::proof::certificate::{Certificate, OperatorCertificate};
use crate::proof::receipt::chain::{self, Chained as _, Extent, Head, Link, Problem};
use crate::proof::receipt::{
    self, Document, KeyError, OperatorCopy, PublicKey, Receipt, Signed, Store, confirmation,
    public_path,
};

/// Larger files are no receipts.
const LIMIT: u64 = 64 * 1024 * 1024;
const RECEIPT: &str = "-receipt.json";
const COPIES: &str = "the operator's copies";
const LEDGER: &str = "the ledger";

#[derive(Default, Serialize)]
struct Verified {
    receipts: Vec<Shown>,
    certificates: Vec<ShownCertificate>,
    chains: Vec<Chain>,
    problems: Vec<Problem>,
    /// What is not wrong, but for somebody to know.
    notes: Vec<Problem>,
}

/// A receipt whose signature is good.
#[derive(Serialize)]
struct Shown {
    file: String,
    #[serde(flatten)]
    receipt: Receipt,
}

#[derive(Serialize)]
struct Chain {
    chain: String,
    /// Different receipts that are there.
    receipts: usize,
    /// Of a chain of certificates: these.
    certificates: usize,
    /// With whom its end was compared.
    compared_with: Vec<&'static str>,
}

/// Verifies single receipts, a chain, or that some belong to a chain.
pub async fn verify(global: &Global, wanted: VerifyReceipts) -> Result<Outcome, CommandError> {
    if wanted.files.is_empty() && wanted.chain.is_none() {
        return Err(CommandError::Usage(
            "nothing to verify; name receipts, or with --chain a folder that holds a drop's"
                .to_owned(),
        ));
    }
    let world = World::open(global)?;
    let mut verifier = Verifier {
        keys: keys(&world, &wanted.public_keys)?,
        verified: Verified::default(),
    };
    let files: Vec<Link> = verifier.files(&wanted.files)?;
    if wanted.receipt_text {
        return verifier.tell_confirmation(global, wanted.files.len());
    }
    let all = match &wanted.chain {
        None => files,
        Some(folder) => {
            let folder = chain_folder(folder);
            let links = verifier.folder(&folder)?;
            if links.is_empty() {
                verifier.problem(Problem::of(&shown(&folder), "no receipt is there"));
            }
            verifier.belong(&files, &links);
            links
        }
    };
    let heads = match wanted.ledger {
        true => heads(&world).await?,
        false => BTreeMap::new(),
    };
    let store = match wanted.operator {
        Some(folder) => Some(Store::at(folder)),
        // Nobody has a data folder of Lethe's where there is no home folder.
        None => world.receipt_store().ok(),
    };
    verifier.chains(&all, &wanted.chain, store.as_ref(), &heads)?;
    verifier.show(global.format)
}

/// The public keys: those given, else the one beside this installation's key.
fn keys(world: &World, given: &[PathBuf]) -> Result<Vec<PublicKey>, CommandError> {
    if !given.is_empty() {
        let keys = given.iter().map(|path| PublicKey::read(path));
        return Ok(keys.collect::<Result<_, KeyError>>()?);
    }
    let own = world
        .receipt_key()
        .map(|key| PublicKey::read(&public_path(&key)));
    match own {
        Ok(Ok(key)) => Ok(vec![key]),
        Ok(Err(error)) if !matches!(error, KeyError::Missing { .. }) => Err(error.into()),
        _ => Err(CommandError::Usage(
            "whose receipts? give --public-key FILE with the key that the operator handed out; a receipt that vouches for itself proves nothing"
                .to_owned(),
        )),
    }
}

/// What the ledger knows of the end of each chain.
async fn heads(world: &World) -> Result<BTreeMap<String, Head>, CommandError> {
    let (_connected, session) = world.connect_to_ledger().await?;
    let ends = ledger::chains(&session).await?;
    let head = |end: ledger::ChainEnd| {
        let hash = end
            .head
            .map(|head| HEXLOWER.encode(&head))
            .unwrap_or_default();
        let number = end.number as u64;
        (end.chain, Head { number, hash })
    };
    Ok(ends.into_iter().map(head).collect())
}

/// A drop's folder stands for that of its results.
fn chain_folder(given: &Path) -> PathBuf {
    let results = given.join(RESULT);
    match results.is_dir() {
        true => results,
        false => given.to_owned(),
    }
}

struct Verifier {
    keys: Vec<PublicKey>,
    verified: Verified,
}

impl Verifier {
    fn problem(&mut self, problem: Problem) {
        if !self.verified.problems.contains(&problem) {
            self.verified.problems.push(problem);
        }
    }

    /// The receipts that were named; one that is not there is a mistake of whoever named it.
    fn files(&mut self, files: &[PathBuf]) -> Result<Vec<Link>, CommandError> {
        let mut links = Vec::new();
        for file in files {
            let text = read(file).map_err(|cause| {
                CommandError::Usage(format!("cannot read {}: {cause}", shown(file)))
            })?;
            links.extend(self.document(file, text, Told::Yes));
        }
        Ok(links)
    }

    /// All receipts of a folder.
    fn folder(&mut self, folder: &Path) -> Result<Vec<Link>, CommandError> {
        let mut links = Vec::new();
        for file in named(folder)? {
            match read(&file) {
                Ok(text) => links.extend(self.document(&file, text, Told::Yes)),
                Err(cause) => {
                    let problem = format!("it cannot be read: {cause}");
                    self.problem(Problem::of(&shown(&file), problem));
                }
            }
        }
        Ok(links)
    }

    /// A receipt or a certificate by itself; `None` where it is neither.
    fn document(&mut self, file: &Path, text: String, told: Told) -> Option<Link> {
        match is_certificate(&text) {
            true => self.certificate(file, text, told),
            false => self.receipt(file, text, told),
        }
    }

    /// One receipt by itself; `None` where it is not even one.
    fn receipt(&mut self, file: &Path, text: String, told: Told) -> Option<Link> {
        let name = shown(file);
        let read = self.signed::<Receipt>(&name, text)?;
        let (signed, good) = read;
        let link = Link::new(name.clone(), &signed, good);
        let receipt = signed.content;
        if good && is_renamed(file, &receipt) {
            let problem = format!(
                "it is the receipt of {}: receipts were renamed or swapped",
                output::safe(&receipt.submission)
            );
            self.problem(Problem::of(&name, problem));
        }
        if good && told == Told::Yes {
            self.verified.receipts.push(Shown {
                file: name,
                receipt,
            });
        }
        Some(link)
    }

    /// Reads a document and looks at its signature, telling what is wrong.
    fn signed<T: Document + HasKey>(
        &mut self,
        name: &str,
        text: String,
    ) -> Option<(Signed<T>, bool)> {
        let signed = match receipt::read::<T>(text) {
            Ok(signed) => signed,
            Err(error) => {
                self.problem(Problem::of(name, error.to_string()));
                return None;
            }
        };
        let named = signed.content.key();
        let key = self.keys.iter().find(|key| key.fingerprint() == named);
        let problem = match key {
            None => format!(
                "it is signed with another key ({}) than those given",
                output::safe(&named.chars().take(16).collect::<String>())
            ),
            Some(key) if !signed.is_signed_by(key) => {
                "its signature does not fit: it was changed after it was signed".to_owned()
            }
            Some(_) => return Some((signed, true)),
        };
        self.problem(Problem::of(name, problem));
        Some((signed, false))
    }

    /// Receipts that were named beside a chain must be part of it.
    fn belong(&mut self, files: &[Link], links: &[Link]) {
        for file in files.iter().filter(|file| file.good) {
            if !links.iter().any(|link| link.hash == file.hash) {
                let problem = "it is not part of the chain in this folder";
                self.problem(Problem::of(&file.name, problem));
            }
        }
    }

    /// Looks at each chain that occurs.
    fn chains(
        &mut self,
        links: &[Link],
        folder: &Option<PathBuf>,
        store: Option<&Store>,
        heads: &BTreeMap<String, Head>,
    ) -> Result<(), CommandError> {
        let extent = match folder {
            Some(_) => Extent::Whole,
            None => Extent::Some,
        };
        let good = links.iter().filter(|link| link.good);
        let good: Vec<&Link> = good.collect();
        let of = |noun: &str| -> BTreeSet<&str> {
            let of_kind = good.iter().filter(|link| link.noun == noun);
            of_kind.map(|link| link.chain.as_str()).collect()
        };
        for noun in [Receipt::NOUN, Certificate::NOUN] {
            let chains = of(noun).len();
            if let (Some(folder), 2..) = (folder, chains) {
                let note = format!(
                    "{noun}s of {chains} chains are there: of several drops, or of one that got another name or ledger"
                );
                self.verified.notes.push(Problem::of(&shown(folder), note));
            }
        }
        let chains: BTreeSet<&str> = good.iter().map(|link| link.chain.as_str()).collect();
        for name in chains {
            let links: Vec<&Link> = links.iter().filter(|link| link.chain == name).collect();
            let mut problems = chain::check(&links, extent);
            self.verified.notes.extend(chain::set_back(&links));
            let mut compared_with = Vec::new();
            if let (Some(folder), Some(store)) = (folder, store)
                && let Some(copies) = store.folder_of(name).map_err(doing("reading the copies"))?
            {
                problems.extend(self.against_copies(&links, &chain_folder(folder), &copies)?);
                compared_with.push(COPIES);
            }
            if let Some(head) = heads.get(name)
                && extent == Extent::Whole
            {
                problems.extend(chain::against_head(&links, head, LEDGER));
                compared_with.push(LEDGER);
            }
            for problem in problems {
                self.problem(problem);
            }
            let of = |noun: &str| {
                let links = links.iter().filter(|link| link.noun == noun);
                let hashes: BTreeSet<&str> = links.map(|l| l.hash.as_str()).collect();
                hashes.len()
            };
            self.verified.chains.push(Chain {
                chain: name.to_owned(),
                receipts: of(Receipt::NOUN),
                certificates: of(Certificate::NOUN),
                compared_with,
            });
        }
        Ok(())
    }

    /// Holds a chain against the operator's copies, and these against what lies beside them.
    fn against_copies(
        &mut self,
        links: &[&Link],
        folder: &Path,
        copies: &Path,
    ) -> Result<Vec<Problem>, CommandError> {
        let same = folder.canonicalize().ok() == copies.canonicalize().ok();
        let mut kept = Vec::new();
        for file in named(copies)? {
            let Ok(text) = read(&file) else {
                self.problem(Problem::of(&shown(&file), "it cannot be read"));
                continue;
            };
            let certificate = is_certificate(&text);
            kept.extend(self.document(&file, text, Told::No));
            match certificate {
                true => self.operator_copy::<OperatorCertificate>(&file),
                false => self.operator_copy::<OperatorCopy>(&file),
            }
        }
        let kept: Vec<&Link> = kept.iter().collect();
        Ok(match same {
            true => Vec::new(),
            false => chain::against_copies(links, &kept, COPIES),
        })
    }

    /// What is for the operator only, beside a copy.
    fn operator_copy<T: Document + HasKey + Beside>(&mut self, copy: &Path) {
        let name = copy.file_name().map(|n| n.to_string_lossy().into_owned());
        let beside = copy.with_file_name(receipt::operator_name(&name.unwrap_or_default()));
        let shown_name = shown(&beside);
        let (Ok(text), Ok(of)) = (read(&beside), read(copy)) else {
            self.problem(Problem::of(&shown_name, "it cannot be read"));
            return;
        };
        if let Some((signed, true)) = self.signed::<T>(&shown_name, text)
            && signed.content.of() != receipt::hash(&of)
        {
            let problem = "it belongs to another document than the one beside it";
            self.problem(Problem::of(&shown_name, problem));
        }
    }

    /// The confirmation for the consumer, of a receipt that is good.
    fn tell_confirmation(self, global: &Global, files: usize) -> Result<Outcome, CommandError> {
        if files != 1 {
            return Err(CommandError::Usage(
                "--receipt-text is of one receipt; name its file alone".to_owned(),
            ));
        }
        if !self.verified.certificates.is_empty() {
            return Err(CommandError::Usage(
                "--receipt-text is of a receipt; this is a certificate, whose page is to be read"
                    .to_owned(),
            ));
        }
        let [shown] = &self.verified.receipts[..] else {
            return self.show(global.format);
        };
        if !self.verified.problems.is_empty() {
            return self.show(global.format);
        }
        let text = match confirmation(&shown.receipt) {
            Ok(text) => text,
            Err(nothing) => {
                output::note(&format!("error: {}: {nothing}", shown.file));
                return Ok(Outcome::Errors);
            }
        };
        let errors = shown.receipt.answers.keys().any(|a| a.starts_with("ERROR"));
        if errors && shown.receipt.requests > 1 {
            output::note(
                "warning: this file held several requests, and some contacts were answered with an error; look into its execution log before you send this",
            );
        }
        match global.format {
            Format::Json => output::json(&serde_json::json!({ "text": text }))?,
            _ => output::line(text.trim_end())?,
        }
        Ok(Outcome::Done)
    }

    fn show(self, format: Format) -> Result<Outcome, CommandError> {
        let outcome = match self.verified.problems.is_empty() {
            true => Outcome::Done,
            false => Outcome::Errors,
        };
        match format {
            Format::Json => output::json(&self.verified)?,
            _ => describe(&self.verified)?,
        }
        Ok(outcome)
    }
}

/// Whether a receipt is told of, or only compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Yes,
    No,
}

/// The fingerprint of the key that a document names.
trait HasKey {
    fn key(&self) -> &str;
}

impl HasKey for Receipt {
    fn key(&self) -> &str {
        &self.key
    }
}

impl HasKey for OperatorCopy {
    fn key(&self) -> &str {
        &self.key
    }
}

impl HasKey for Certificate {
    fn key(&self) -> &str {
        &self.key
    }
}

impl HasKey for OperatorCertificate {
    fn key(&self) -> &str {
        &self.key
    }
}

/// What lies beside a copy.
trait Beside {
    /// The hash of what it is about.
    fn of(&self) -> &str;
}

impl Beside for OperatorCopy {
    fn of(&self) -> &str {
        &self.receipt
    }
}

impl Beside for OperatorCertificate {
    fn of(&self) -> &str {
        &self.certificate
    }
}

/// Whether a file is named like the receipt of another submission. Any other name may be whoever keeps it gave it.
fn is_renamed(file: &Path, receipt: &Receipt) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy());
    let Some(stem) = name.as_deref().and_then(|name| name.strip_suffix(RECEIPT)) else {
        return false;
    };
    let (number, stem) = match stem.split_once('-') {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => {
            (number.parse().ok(), rest)
        }
        _ => (None, stem),
    };
    let another = format!("{stem}.json") != receipt.submission;
    FileName::parse(format!("{stem}.json")).is_ok()
        && (another || number.is_some_and(|number: u64| number != receipt.number))
}

/// The files of a folder that are named like receipts and certificates, in their order; dot files are not meant.
fn named(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let entries = fs::read_dir(folder).map_err(|cause| {
        CommandError::Usage(format!("cannot read the folder {}: {cause}", shown(folder)))
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(doing("reading a folder"))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_one = name.ends_with(RECEIPT) || is_named_certificate(&name);
        if is_one && !name.starts_with('.') {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a plain file; nothing else is followed or blocked on.
fn read(path: &Path) -> io::Result<String> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
        .open(path)?;
    let stat = file.metadata()?;
    if !stat.is_file() || stat.len() > LIMIT {
        return Err(io::Error::other(
            "it is no plain file of the size of a receipt",
        ));
    }
    let mut bytes = Vec::new();
    file.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn shown(path: &Path) -> String {
    crate::domain::text::printable(path)
}

fn doing(doing: &'static str) -> impl Fn(io::Error) -> CommandError {
    move |cause| CommandError::Io { doing, cause }
}

fn describe(verified: &Verified) -> Result<(), CommandError> {
    let mut table = output::table(&[
        "number",
        "submission",
        "answered (UTC)",
        "contacts",
        "success",
        "errors",
    ]);
    for Shown { receipt, .. } in &verified.receipts {
        let count = |kind: &str| -> u64 {
            let of = receipt.answers.iter().filter(|(a, _)| a.starts_with(kind));
            of.fold(0, |all, (_, n)| all.saturating_add(*n))
        };
        let answered = receipt.answered.unwrap_or(receipt.made);
        table.add_row(vec![
            output::number(receipt.number),
            receipt.submission.clone().into(),
            answered.format("%Y-%m-%d %H:%M:%S").to_string().into(),
            output::number(receipt.contacts),
            output::number(count("SUCCESS")),
            output::number(count("ERROR")),
        ]);
    }
    if !verified.receipts.is_empty() {
        output::line("genuine are:")?;
        output::line(&table.to_string())?;
    }
    certificates::describe(&verified.certificates)?;
    for chain in &verified.chains {
        let compared = match chain.compared_with.as_slice() {
            [] => String::new(),
            with => format!(", compared with {}", with.join(" and ")),
        };
        let (n, noun) = match chain.certificates {
            0 => (chain.receipts, Receipt::NOUN),
            n => (n, Certificate::NOUN),
        };
        let there = match n {
            1 => format!("1 {noun}"),
            n => format!("{} {noun}s", output::grouped(n as i64)),
        };
        output::line(&format!("chain {}: {there}{compared}", chain.chain))?;
    }
    for (what, problems) in [("note", &verified.notes), ("wrong", &verified.problems)] {
        for problem in problems {
            output::line(&match &problem.file {
                Some(file) => format!("{what}: {file}: {}", problem.problem),
                None => format!("{what}: {}", problem.problem),
            })?;
        }
    }
    if verified.problems.is_empty() {
        output::line("nothing is wrong")?;
    }
    Ok(())
}
