//! Lists of devices as CSV, and the submit file of a case.

use serde_json::{Map, Value, json};

use crate::domain::device::{Device, DeviceKind};
use crate::domain::request::{Action, Product};
use crate::domain::submission::Position;

/// A device with how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub value: String,
    pub device: Device,
    /// The request and contact that it stands for, in a list of corrections; both from 1.
    pub of: Option<(usize, usize)>,
}

impl Listed {
    /// Takes a device as the engine would; `None`: its format is incorrect.
    pub fn parse(kind: DeviceKind, value: &str) -> Option<Listed> {
        let value = value.trim().to_owned();
        let device = Device::parse(kind, &value).ok()?;
        Some(Listed {
            value,
            device,
            of: None,
        })
    }

    /// As an element of `contacts`.
    pub fn contact(&self) -> Value {
        json!({ self.device.kind().as_str(): self.value })
    }
}

/// What is wrong with a list, and where; it quotes nothing of it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct ListError {
    pub at: Position,
    pub problem: String,
}

/// What a column of a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Kind,
    Value,
    Device(DeviceKind),
    Request,
    Contact,
    /// For the reader's eyes.
    Response,
}

impl Column {
    fn read(name: &str) -> Option<Column> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "kind" => Column::Kind,
            "value" => Column::Value,
            "request" => Column::Request,
            "contact" => Column::Contact,
            "response" => Column::Response,
            name => Column::Device(DeviceKind::from_key(name)?),
        })
    }
}

/// Reads a list: a header, then `kind,value` in each line, or columns `phone`, `email` and `ipaddr` of which each may be
/// empty. A comma or (in the header too) a semicolon stands between columns. All that is wrong is told at once.
pub fn read_list(content: &[u8]) -> Result<Vec<Listed>, Vec<ListError>> {
    let text = match std::str::from_utf8(content) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(error) => {
            let before = String::from_utf8_lossy(&content[..error.valid_up_to()]);
            return Err(vec![error_at(
                end_of(before.trim_start_matches('\u{feff}')),
                "not UTF-8; save the list as UTF-8",
            )]);
        }
    };
    let header = text.split(['\n', '\r']).next().unwrap_or_default();
    let separator = if header.contains(';') && !header.contains(',') {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut list = List {
        text,
        separator: separator.into(),
        columns: Vec::new(),
        listed: Vec::new(),
        errors: Vec::new(),
    };
    for record in reader.records() {
        match record {
            Ok(record) if list.columns.is_empty() => list.header(&record),
            Ok(record) => list.row(&record),
            Err(_) => list
                .errors
                .push(error_at(Position { line: 1, column: 1 }, "not CSV")),
        }
        if list.columns.is_empty() {
            break;
        }
    }
    if list.columns.is_empty() && list.errors.is_empty() {
        let missing = "a list begins with a header: kind,value, or phone, email and ipaddr";
        list.errors
            .push(error_at(Position { line: 1, column: 1 }, missing));
    }
    if list.errors.is_empty() {
        Ok(list.listed)
    } else {
        Err(list.errors)
    }
}

struct List<'a> {
    text: &'a str,
    separator: char,
    columns: Vec<Column>,
    listed: Vec<Listed>,
    errors: Vec<ListError>,
}

impl List<'_> {
    fn header(&mut self, record: &csv::StringRecord) {
        let mut columns = Vec::new();
        for (n, name) in record.iter().enumerate() {
            match Column::read(name) {
                Some(column) if columns.contains(&column) => {
                    self.wrong(record, n, "this column is given twice");
                }
                Some(column) => columns.push(column),
                None => self.wrong(
                    record,
                    n,
                    "no column of a list; they are kind and value, or phone, email and ipaddr",
                ),
            }
        }
        let has = |column| columns.contains(&column);
        let pairs = has(Column::Kind) && has(Column::Value);
        let devices = columns.iter().any(|c| matches!(c, Column::Device(_)));
        let half = has(Column::Kind) != has(Column::Value);
        if self.errors.is_empty() && (half || pairs == devices) {
            self.wrong(
                record,
                0,
                "a header has kind and value, or some of phone, email and ipaddr",
            );
        }
        if self.errors.is_empty() {
            self.columns = columns;
        }
    }

    fn row(&mut self, record: &csv::StringRecord) {
        if record.iter().all(|field| field.trim().is_empty()) {
            return;
        }
        if record.len() > self.columns.len() {
            let n = self.columns.len();
            return self.wrong(record, n, "more fields than the header has columns");
        }
        let field = |wanted: Column| {
            let n = self.columns.iter().position(|column| *column == wanted)?;
            Some((n, record.get(n)?.trim()))
        };
        let ordinal = |wanted| field(wanted).and_then(|(_, text)| text.parse::<usize>().ok());
        let of = ordinal(Column::Request).zip(ordinal(Column::Contact));
        let mut devices = Vec::new();
        if let Some((at, kind)) = field(Column::Kind) {
            let Some(kind) = DeviceKind::from_key(&kind.to_ascii_lowercase()) else {
                return self.wrong(record, at, "a kind is phone, email or ipaddr");
            };
            let (at, value) = field(Column::Value).unwrap_or((self.columns.len(), ""));
            devices.push((at, kind, value.to_owned()));
        } else {
            for (at, column) in self.columns.iter().enumerate() {
                let value = record.get(at).unwrap_or_default().trim();
                if let (Column::Device(kind), false) = (column, value.is_empty()) {
                    devices.push((at, *kind, value.to_owned()));
                }
            }
        }
        for (at, kind, value) in devices {
            match Listed::parse(kind, &value) {
                Some(listed) => self.listed.push(Listed { of, ..listed }),
                None => self.wrong(record, at, &format!("incorrect {kind} format")),
            }
        }
    }

    fn wrong(&mut self, record: &csv::StringRecord, field: usize, problem: &str) {
        let offset = record.position().map_or(0, |at| at.byte() as usize);
        let at = field_begins(self.text, offset, field, self.separator);
        self.errors
            .push(error_at(end_of(&self.text[..at]), problem));
    }
}

/// Where the `n`th field of the record at `offset` begins.
fn field_begins(text: &str, offset: usize, n: usize, separator: char) -> usize {
    let record = text[offset..].trim_start_matches(['\r', '\n']);
    let offset = text.len() - record.len();
    let mut quoted = false;
    let mut fields = 0;
    for (at, c) in record.char_indices() {
        if fields == n {
            return offset + at;
        }
        match c {
            '"' => quoted = !quoted,
            '\n' | '\r' if !quoted => return offset + at,
            c if c == separator && !quoted => fields += 1,
            _ => {}
        }
    }
    text.len()
}

/// The position right behind a text; columns count characters. A line ends as old spreadsheets end it, too: by a carriage
/// return alone.
fn end_of(before: &str) -> Position {
    let before = before.replace("\r\n", "\n");
    let last = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    Position {
        line: before.matches(['\n', '\r']).count() + 1,
        column: last.chars().count() + 1,
    }
}

fn error_at(at: Position, problem: &str) -> ListError {
    ListError {
        at,
        problem: problem.to_owned(),
    }
}

/// What a case is opened with.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    pub case: &'a str,
    pub action: Action,
    pub product: Product,
    /// For the outbound product one request each; the messaging product ignores them in a request.
    pub accounts: &'a [String],
    pub short_codes: &'a [String],
}

/// The text of a submit file that asks for it.
pub fn submit_file(wish: &Wish, listed: &[Listed]) -> String {
    let contacts: Vec<Value> = listed.iter().map(Listed::contact).collect();
    let request = |account: Option<&String>| {
        let mut request = Map::new();
        request.insert("requestcase".to_owned(), json!(wish.case));
        if let Some(account) = account {
            request.insert("accountid".to_owned(), json!(account));
        }
        if !wish.short_codes.is_empty() {
            request.insert("shortcodes".to_owned(), json!(wish.short_codes));
        }
        request.insert("type".to_owned(), json!(wish.action.as_str()));
        request.insert("contacts".to_owned(), json!(contacts));
        Value::Object(request)
    };
    let requests: Vec<Value> = match wish.product {
        Product::Outbound => wish
            .accounts
            .iter()
            .map(|account| request(Some(account)))
            .collect(),
        Product::Messaging => vec![request(None)],
    };
    super::correct::text_of(&requests)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn kinds(text: &str) -> Vec<(DeviceKind, String)> {
        let listed = read_list(text.as_bytes()).unwrap();
        listed
            .into_iter()
            .map(|l| (l.device.kind(), l.value))
            .collect()
    }

    #[rstest]
    #[case("kind,value\nphone,+1 617 555 0100\nemail,a@example.com\n")]
    #[case("\u{feff}Kind;Value\r\nphone;+1 617 555 0100\r\n\r\nEMAIL;\"a@example.com\"\r\n")]
    #[case("phone,email\n+1 617 555 0100,a@example.com")]
    #[case("email,phone\n,+1 617 555 0100\na@example.com,\n")]
    fn a_list_is_read_in_either_shape(#[case] text: &str) {
        use DeviceKind::{Email, Phone};
        assert_eq!(
            kinds(text),
            [
                (Phone, "+1 617 555 0100".to_owned()),
                (Email, "a@example.com".to_owned())
            ]
        );
    }

    #[rstest]
    #[case("", "line 1 column 1: a list begins with a header")]
    #[case("+1 617 555 0100\n", "line 1 column 1: no column")]
    #[case("kind\nphone", "line 1 column 1: a header has kind and value")]
    #[case("kind,value,phone\n", "line 1 column 1: a header has kind and value")]
    #[case("phone,fax\n", "line 1 column 7: no column")]
    #[case("phone,phone\n", "line 1 column 7: this column is given twice")]
    #[case(
        "kind,value\n\n\nphone,617 555 0100\n",
        "line 4 column 7: incorrect phone format"
    )]
    #[case(
        "kind,value\n\"ph,one\",\"x\"\n",
        "line 2 column 1: a kind is phone, email or ipaddr"
    )]
    #[case(
        "phone,email\n\"+1 617\n\",x\n",
        "line 2 column 1: incorrect phone format"
    )]
    #[case(
        "ipaddr,email\n\"192.0.2.1\",@\n",
        "line 2 column 13: incorrect email format"
    )]
    #[case("kind,value\nphone\n", "line 2 column 6: incorrect phone format")]
    #[case(
        "phone;email\r;a@example.com\r;x\r",
        "line 3 column 2: incorrect email format"
    )]
    #[case("phone\r\n\r\nx\r\n", "line 3 column 1: incorrect phone format")]
    #[case("kind,value\nphone,+16175550100,x\n", "line 2 column 20: more fields")]
    fn mistakes_have_a_place(#[case] text: &str, #[case] message: &str) {
        let errors = read_list(text.as_bytes()).unwrap_err();
        let said = errors[0].to_string();
        assert!(said.starts_with(message), "{said}");
        assert!(!said.contains("617"), "{said}");
    }

    #[test]
    fn every_mistake_is_told_and_bytes_that_are_no_text_too() {
        let errors = read_list(b"phone,email\n1,a@example.com\n+1 617 555 0100,2\n").unwrap_err();
        assert_eq!(errors.len(), 2);
        let errors = read_list(b"phone\n+1\xff\n").unwrap_err();
        assert_eq!(errors[0].at, Position { line: 2, column: 3 });
        let errors = read_list(b"\xef\xbb\xbfphone\xff\n").unwrap_err();
        assert_eq!(errors[0].at, Position { line: 1, column: 6 });
    }

    #[test]
    fn a_submit_file_has_a_request_for_each_account() {
        let listed = read_list(b"kind,value\nphone,+1 617 555 0100\n").unwrap();
        let (accounts, codes) = (["110".to_owned(), "120".to_owned()], ["51110".to_owned()]);
        let mut wish = Wish {
            case: "7",
            action: Action::Forget,
            product: Product::Outbound,
            accounts: &accounts,
            short_codes: &codes,
        };
        let file: Value = serde_json::from_str(&submit_file(&wish, &listed)).unwrap();
        assert_eq!(
            file["requests"][1],
            json!({"requestcase": "7", "accountid": "120", "shortcodes": ["51110"], "type": "FORGET",
                   "contacts": [{"phone": "+1 617 555 0100"}]})
        );
        wish.product = Product::Messaging;
        let file: Value = serde_json::from_str(&submit_file(&wish, &listed)).unwrap();
        assert_eq!(file["requests"].as_array().unwrap().len(), 1);
        assert_eq!(file["requests"][0].get("accountid"), None);
    }
}
