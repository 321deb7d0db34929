//! `receipt verify`: are receipts and certificates genuine, and is a chain complete? Needs no database.

use std::collections::BTreeMap;

use crate::cli::arguments::{Format, Global, VerifyReceipts};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::census::Grade;
use crate::domain::database_role::DatabaseRole;
use crate::proof::certificate::{Certificate, PlaceReport};
use crate::proof::receipt::chain::Chained as _;
use crate::proof::receipt::{Receipt, confirmation};
use crate::proof::verification::{Chain, GenuineCertificate, GenuineReceipt, VerificationReport};
use crate::service::receipts::{self, VerificationRequest};

const MOMENT: &str = "%Y-%m-%d %H:%M:%S";

/// Verifies single receipts, a chain, or that receipts belong to a chain.
pub(crate) async fn verify(global: &Global, args: VerifyReceipts) -> Result<Outcome, CommandError> {
    if args.files.is_empty() && args.chain.is_none() {
        return Err(CommandError::Usage(
            "nothing to verify\n  hint: name receipts, or use --chain with the folder of a drop's receipts"
                .to_owned(),
        ));
    }
    let context = Context::open(global)?;
    let request = VerificationRequest {
        files: args.files,
        chain: args.chain,
        public_keys: args.public_keys,
        operator: args.operator,
    };
    if args.receipt_text {
        let report = receipts::verify_files(&context.workspace, &request)?;
        return show_confirmation(global.format, &report, request.files.len());
    }
    let documents = receipts::read(&context.workspace, &request)?;
    let heads = match args.ledger {
        true => {
            let (_connected, session) = context.connect_to_ledger(DatabaseRole::Reader).await?;
            receipts::heads(&session).await?
        }
        false => BTreeMap::new(),
    };
    let report = documents.verify(&context.workspace, &request, &heads)?;
    show(global.format, &report)
}

/// Prints the confirmation for the consumer if the one receipt is genuine.
fn show_confirmation(
    format: Format,
    report: &VerificationReport,
    files: usize,
) -> Result<Outcome, CommandError> {
    if files != 1 {
        return Err(CommandError::Usage(
            "--receipt-text needs exactly one receipt".to_owned(),
        ));
    }
    if !report.certificates.is_empty() {
        return Err(CommandError::Usage(
            "--receipt-text does not apply to certificates\n  hint: a certificate has a page to read and print"
                .to_owned(),
        ));
    }
    let [genuine] = &report.receipts[..] else {
        return show(format, report);
    };
    if !report.problems.is_empty() {
        return show(format, report);
    }
    let receipt = &genuine.receipt;
    let text = match confirmation(receipt) {
        Ok(text) => text,
        Err(nothing) => {
            output::note(&format!("error: {}: {nothing}", genuine.file));
            return Ok(Outcome::Errors);
        }
    };
    let errors = receipt.answers.keys().any(|a| a.starts_with("ERROR"));
    if errors && receipt.requests > 1 {
        output::note(
            "warning: some contacts were answered with an error\n  detail: the file held several requests\n  hint: check its execution log before you send this",
        );
    }
    match format {
        Format::Json => output::json(&serde_json::json!({ "text": text }))?,
        _ => output::line(text.trim_end())?,
    }
    for key in &report.keys {
        output::note(&format!(
            "note: public key {}: {}",
            key.fingerprint, key.file
        ));
    }
    Ok(Outcome::Done)
}

fn show(format: Format, report: &VerificationReport) -> Result<Outcome, CommandError> {
    match format {
        Format::Json => output::json(report)?,
        _ => describe(report)?,
    }
    Ok(match report.problems.is_empty() {
        true => Outcome::Done,
        false => Outcome::Errors,
    })
}

fn describe(report: &VerificationReport) -> Result<(), CommandError> {
    for key in &report.keys {
        output::line(&format!("public key {}: {}", key.fingerprint, key.file))?;
    }
    describe_receipts(&report.receipts)?;
    describe_certificates(&report.certificates)?;
    for chain in &report.chains {
        output::line(&described_chain(chain))?;
    }
    for (what, problems) in [("note", &report.notes), ("wrong", &report.problems)] {
        for problem in problems {
            output::line(&match &problem.file {
                Some(file) => format!("{what}: {file}: {}", problem.problem),
                None => format!("{what}: {}", problem.problem),
            })?;
        }
    }
    if report.problems.is_empty() {
        output::line("nothing is wrong")?;
    }
    Ok(())
}

fn describe_receipts(receipts: &[GenuineReceipt]) -> Result<(), CommandError> {
    if receipts.is_empty() {
        return Ok(());
    }
    let mut table = output::table(&[
        "number",
        "submission",
        "answered (UTC)",
        "contacts",
        "success",
        "errors",
    ]);
    for GenuineReceipt { receipt, .. } in receipts {
        let count = |kind: &str| -> u64 {
            let of = receipt.answers.iter().filter(|(a, _)| a.starts_with(kind));
            of.fold(0, |all, (_, n)| all.saturating_add(*n))
        };
        let answered = receipt.answered.unwrap_or(receipt.made);
        table.add_row(vec![
            output::number(receipt.number),
            receipt.submission.clone().into(),
            answered.format(MOMENT).to_string().into(),
            output::number(receipt.contacts),
            output::number(count("SUCCESS")),
            output::number(count("ERROR")),
        ]);
    }
    output::line("genuine receipts:")?;
    output::line(&table.to_string())
}

fn describe_certificates(certificates: &[GenuineCertificate]) -> Result<(), CommandError> {
    if certificates.is_empty() {
        return Ok(());
    }
    let mut table = output::table(&["number", "submission", "taken (UTC)", "open", "unknown"]);
    for GenuineCertificate { certificate, .. } in certificates {
        let places = certificate.places.iter();
        let open: Vec<&PlaceReport> = places.filter(|place| place.is_open()).collect();
        let unknown = open.iter().filter(|place| place.grade == Grade::Unknown);
        table.add_row(vec![
            output::number(certificate.number),
            certificate.submission.clone().into(),
            certificate.taken.format(MOMENT).to_string().into(),
            output::number(open.len() as i64),
            output::number(unknown.count() as i64),
        ]);
    }
    output::line("genuine certificates:")?;
    output::line(&table.to_string())
}

fn described_chain(chain: &Chain) -> String {
    let compared = match chain.compared_with.as_slice() {
        [] => String::new(),
        with => format!(", compared with {}", with.join(" and ")),
    };
    let (n, noun) = match chain.certificates {
        0 => (chain.receipts, Receipt::NOUN),
        n => (n, Certificate::NOUN),
    };
    let documents = match n {
        1 => format!("1 {noun}"),
        n => format!("{} {noun}s", output::grouped(n as i64)),
    };
    format!("chain {}: {documents}{compared}", chain.chain)
}
