//! docs/reference/answers.md: what a submitted file contains, every answer, and every message.

use std::fmt::Write as _;

use lethe::domain::response::Response;
use lethe::domain::submission::Refusal;

use super::{cell, compare, generated_from, messages};

/// What an answer means and what to do about it. A new answer needs a line here.
fn explained(response: &Response) -> [&'static str; 2] {
    match response {
        Response::Refused(refusal) => explained_refusal(*refusal),
        Response::UnknownAccount => [
            "The account does not exist, or this drop may not reach it: the same answer for both.",
            "Check `accountid`.",
        ],
        Response::LegalHold => [
            "FORGET only: a record that holds the device is under legal hold.",
            "Nothing, while the hold lasts.",
        ],
        Response::TooManyRows { .. } => [
            "More rows hold the device than `max_rows_per_device`: too many records share it, or it is mistyped.",
            "Ask Customer Care, who can preview it.",
        ],
        Response::TooManyClientIds { .. } => [
            "The records of the device belong to more client IDs than `max_client_ids_per_device`.",
            "Ask Customer Care, who can preview it.",
        ],
        Response::StillBeingWritten => [
            "After three rechecks new rows with the device keep appearing. Those that were found are replaced.",
            "Stop their source, submit again under a new name.",
        ],
        Response::MediaNotDeleted => [
            "The metadata is forgotten, a media object is not yet deleted.",
            "Wait: `<stem>-media-log.json` follows when it is.",
        ],
        Response::ProcessingFailed(_) => [
            "Anything else: an SQLSTATE or a short reason, such as `cancelled`. Nothing of this device changed.",
            "Ask Customer Care with the code.",
        ],
        Response::NotFound => [
            "FORGET: no row in scope holds the device. EXPORT: none that is exported; recordings and rows on shared short codes never are.",
            "Nothing.",
        ],
        Response::Success => ["Found, and done.", "Nothing."],
    }
}

fn explained_refusal(refusal: Refusal) -> [&'static str; 2] {
    match refusal {
        Refusal::MalformedRequest => [
            "The request is not an object, or `contacts` is missing or not an array. This is the response of the request itself.",
            "Correct the request.",
        ],
        Refusal::DuplicateProperty => [
            "A property is given twice in the request or the contact.",
            "Remove one.",
        ],
        Refusal::UnsupportedType => ["`type` is not exactly `FORGET` or `EXPORT`.", "Correct it."],
        Refusal::TypeMismatch => [
            "`type` differs from the beginning of the file name.",
            "Put the request into a file of its type.",
        ],
        Refusal::AccountRequired => [
            "Product `outbound`: `accountid` is not a non-empty string.",
            "Add it.",
        ],
        Refusal::ShortCodesRequired => [
            "`shortcodes` is not an array of strings, or, for product `messaging`, is missing or empty.",
            "Correct it.",
        ],
        Refusal::ExactlyOneDevice => [
            "The contact has no device or several. A contact that is not an object becomes `{\"response\": …}`.",
            "One device per contact.",
        ],
        Refusal::UnsupportedDevice => [
            "The contact has one property, which is not `phone`, `email` or `ipaddr`.",
            "Correct the name.",
        ],
        Refusal::IncorrectFormat => [
            "The value is not a string, or not a device.",
            "Correct it: see [devices](#devices).",
        ],
    }
}

/// In the order in which they are decided: the first that applies is the answer.
fn all() -> Vec<Response> {
    let refusals = [
        Refusal::MalformedRequest,
        Refusal::DuplicateProperty,
        Refusal::UnsupportedType,
        Refusal::TypeMismatch,
        Refusal::AccountRequired,
        Refusal::ShortCodesRequired,
        Refusal::ExactlyOneDevice,
        Refusal::UnsupportedDevice,
        Refusal::IncorrectFormat,
    ];
    let mut all: Vec<Response> = refusals.map(Response::Refused).into();
    let (found, limit) = (0, 0);
    all.extend([
        Response::UnknownAccount,
        Response::LegalHold,
        Response::TooManyRows { found, limit },
        Response::TooManyClientIds { found, limit },
        Response::StillBeingWritten,
        Response::MediaNotDeleted,
        Response::ProcessingFailed("REASON".to_owned()),
        Response::NotFound,
        Response::Success,
    ]);
    all
}

#[test]
fn the_page_lists_every_answer_and_every_message() {
    let mut page = format!(
        "# Answers and messages\n\n{}\n{}",
        generated_from(
            "`src/domain/response.rs`, `src/domain/submission.rs` and the messages of the source"
        ),
        SUBMITTED
    );
    page.push_str("\n## Answers\n\nThe execution log has one `response` per contact, in the order of the requests. The first line of this table that applies is the answer. After an `ERROR` no value of this device has changed in any table, except where the table says otherwise.\n\n| response | meaning | what to do |\n|---|---|---|\n");
    for response in all() {
        let [meaning, remedy] = explained(&response);
        let text = response.to_string();
        let text = text.replace("0 found, limit 0", "N found, limit M");
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            text.replace("REASON", "…"),
            cell(meaning),
            cell(remedy)
        );
    }
    page.push_str(RESULTS);
    page.push_str("\n## Messages\n\nMessages go to standard error: a primary line, and where they help a detail and a hint. `…` is a value. [Troubleshooting](../troubleshooting.md) explains the common ones.\n\n| message | detail | hint |\n|---|---|---|\n");
    let messages = messages::all();
    assert!(messages.len() > 50, "{}", messages.len());
    for message in messages {
        let [primary, detail, hint] =
            [&message.primary, &message.detail, &message.hint].map(|text| cell(&escaped(text)));
        let _ = writeln!(page, "| {primary} | {detail} | {hint} |");
    }
    compare("answers.md", &page);
}

/// Text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    text.replace('<', "&lt;")
        .replace('*', "\\*")
        .replace('[', "\\[")
}

const SUBMITTED: &str = r#"## Submitted files

The name is `forget-<yyyymmdd>_<unique>.json` or `export-<yyyymmdd>_<unique>.json`: a real date, and 1 to 64 letters, digits, hyphens and underscores. The
content is UTF-8 JSON:

```json
{
  "requests": [
    {
      "requestcase": "97456596893834",
      "shortcodes": ["11111", "22222"],
      "accountid": "30003748347",
      "type": "FORGET",
      "contacts": [
        {"phone": "+1 781 555 1212"},
        {"email": "test@test.com"},
        {"ipaddr": "10.10.10.10"}
      ]
    }
  ]
}
```

| property | |
|---|---|
| `requests` | at least one request. Unknown properties are ignored; those inside a request are echoed |
| `requestcase` | the customer's own number for the request; optional, echoed, names the folder in an archive |
| `accountid` | the account, or an enterprise with all accounts below it; required for product `outbound`, ignored for `messaging` |
| `shortcodes` | short codes whose messages are searched too; required for product `messaging` |
| `type` | `FORGET` or `EXPORT`, the same as in the file's name |
| `contacts` | one device per object. A property `response` is ignored, so a log can be corrected and submitted again under a new name |

### Devices

| property | format |
|---|---|
| `phone` | international notation (ITU-T E.123): `+`, 7 to 15 digits, the first 1 to 9, single spaces between groups or none. No brackets, hyphens, dots or letters |
| `email` | one `@`, a domain of two or more labels, a local part without quotes; at most 64 bytes before and 255 after the `@`. Letter case does not matter |
| `ipaddr` | IPv4 without leading zeros, or IPv6. `2001:db8::/32` is refused, because placeholders are there |

White space around a device is ignored.

A file that cannot be read as a submission (not JSON, no requests, more than `max_submission_values` values) gets
`{"requests": [], "result": [], "error": "…"}`, with line and column. A file that is too large, nested too deeply, or not a regular file gets no log;
`lethe status` names it.
"#;

const RESULTS: &str = r#"
An error belongs to its contact; all others are processed. A request-level error is the response of each of its contacts.

## Results

| file in `GDPR_Result` | |
|---|---|
| `<stem>-execution-log.json` | `{"requests": …, "result": …}`: the submitted array, and the same array with responses. `-execution-log-2.json` and so on if there are more than `max_contacts_per_log` contacts |
| `<stem>-archive.zip` | of an EXPORT: `001-<requestcase>/<label>.csv` per request and table, and `manifest.json` |
| `<stem>-media-log.json` | when recording media are deleted that the execution log did not wait for |
| `<stem>-receipt.json` | if receipts are signed |
| `<stem>-certificate.json`, `.html` | after a scrub, or by `lethe certificate` |
| `<stem>-duplicate-1.json` | the name was used before with other content; one per content |
"#;
