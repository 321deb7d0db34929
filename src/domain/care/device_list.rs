//! Lists of devices in CSV.

use crate::domain::device::{Device, DeviceKind};
use crate::domain::identifier::ContactPosition;
use crate::domain::submission::Position;

/// A device as an agent or a list gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnteredDevice {
    /// The device as it was written, without surrounding white space.
    pub value: String,
    pub device: Device,
    /// The contact that this device corrects; `None` outside a list of corrections.
    pub corrects: Option<ContactPosition>,
}

impl EnteredDevice {
    /// Parses a device as the engine does; `None` if its format is incorrect.
    pub(crate) fn parse(kind: DeviceKind, value: &str) -> Option<EnteredDevice> {
        let value = value.trim().to_owned();
        let device = Device::parse(kind, &value).ok()?;
        Some(EnteredDevice {
            value,
            device,
            corrects: None,
        })
    }
}

/// An error in a list, with its position. It quotes nothing from the list.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct ListError {
    pub at: Position,
    pub problem: String,
}

/// The meaning of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Kind,
    Value,
    Device(DeviceKind),
    Request,
    Contact,
    /// Ignored: it explains the error to the person who edits the list.
    Response,
}

impl Column {
    fn of_header(name: &str) -> Option<Column> {
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

/// Parses a list of devices. The header is `kind,value`, or some of `phone`, `email` and `ipaddr`, whose fields may be empty.
/// Columns are separated by commas, or by semicolons if the header uses them. All errors are returned at once.
pub fn read_list(content: &[u8]) -> Result<Vec<EnteredDevice>, Vec<ListError>> {
    let text = match std::str::from_utf8(content) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(error) => {
            let before = String::from_utf8_lossy(&content[..error.valid_up_to()]);
            return Err(vec![error_at(
                position_after(before.trim_start_matches('\u{feff}')),
                "the list is not UTF-8; save it as UTF-8",
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
        devices: Vec::new(),
        errors: Vec::new(),
    };
    for record in reader.records() {
        match record {
            Ok(record) if list.columns.is_empty() => list.header(&record),
            Ok(record) => list.row(&record),
            Err(_) => list.errors.push(error_at(
                Position { line: 1, column: 1 },
                "the list is not CSV",
            )),
        }
        if list.columns.is_empty() {
            break;
        }
    }
    if list.columns.is_empty() && list.errors.is_empty() {
        let missing = "the header is missing; it is kind,value, or some of phone, email and ipaddr";
        list.errors
            .push(error_at(Position { line: 1, column: 1 }, missing));
    }
    if list.errors.is_empty() {
        Ok(list.devices)
    } else {
        Err(list.errors)
    }
}

struct List<'a> {
    text: &'a str,
    separator: char,
    columns: Vec<Column>,
    devices: Vec<EnteredDevice>,
    errors: Vec<ListError>,
}

impl List<'_> {
    fn header(&mut self, record: &csv::StringRecord) {
        let mut columns = Vec::new();
        for (n, name) in record.iter().enumerate() {
            match Column::of_header(name) {
                Some(column) if columns.contains(&column) => {
                    self.error(record, n, "duplicate column");
                }
                Some(column) => columns.push(column),
                None => self.error(
                    record,
                    n,
                    "unknown column; the columns are kind and value, or phone, email and ipaddr",
                ),
            }
        }
        let has = |column| columns.contains(&column);
        let pairs = has(Column::Kind) && has(Column::Value);
        let devices = columns.iter().any(|c| matches!(c, Column::Device(_)));
        let half = has(Column::Kind) != has(Column::Value);
        if self.errors.is_empty() && (half || pairs == devices) {
            self.error(
                record,
                0,
                "the header must be kind and value, or some of phone, email and ipaddr",
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
            return self.error(record, n, "more fields than columns in the header");
        }
        let field = |wanted: Column| {
            let n = self.columns.iter().position(|column| *column == wanted)?;
            Some((n, record.get(n)?.trim()))
        };
        let ordinal = |wanted| field(wanted).and_then(|(_, text)| text.parse::<i32>().ok());
        let corrects = ordinal(Column::Request)
            .zip(ordinal(Column::Contact))
            .and_then(|(request, contact)| ContactPosition::new(request, contact).ok());
        let mut devices = Vec::new();
        if let Some((at, kind)) = field(Column::Kind) {
            let Some(kind) = DeviceKind::from_key(&kind.to_ascii_lowercase()) else {
                return self.error(
                    record,
                    at,
                    "unknown kind; the kinds are phone, email and ipaddr",
                );
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
            match EnteredDevice::parse(kind, &value) {
                Some(device) => self.devices.push(EnteredDevice { corrects, ..device }),
                None => self.error(record, at, &format!("incorrect {kind} format")),
            }
        }
    }

    fn error(&mut self, record: &csv::StringRecord, field: usize, problem: &str) {
        let offset = record.position().map_or(0, |at| at.byte() as usize);
        let at = field_offset(self.text, offset, field, self.separator);
        self.errors
            .push(error_at(position_after(&self.text[..at]), problem));
    }
}

/// The offset of the `n`th field of the record at `offset`.
fn field_offset(text: &str, offset: usize, n: usize, separator: char) -> usize {
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

/// The position just after a text; columns count characters. A carriage return alone ends a line too, as in files of
/// old spreadsheets.
fn position_after(before: &str) -> Position {
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn devices(text: &str) -> Vec<(DeviceKind, String)> {
        let devices = read_list(text.as_bytes()).unwrap();
        devices
            .into_iter()
            .map(|entered| (entered.device.kind(), entered.value))
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
            devices(text),
            [
                (Phone, "+1 617 555 0100".to_owned()),
                (Email, "a@example.com".to_owned())
            ]
        );
    }

    #[rstest]
    #[case("", "line 1 column 1: the header is missing")]
    #[case("+1 617 555 0100\n", "line 1 column 1: unknown column")]
    #[case("kind\nphone", "line 1 column 1: the header must be kind and value")]
    #[case(
        "kind,value,phone\n",
        "line 1 column 1: the header must be kind and value"
    )]
    #[case("phone,fax\n", "line 1 column 7: unknown column")]
    #[case("phone,phone\n", "line 1 column 7: duplicate column")]
    #[case(
        "kind,value\n\n\nphone,617 555 0100\n",
        "line 4 column 7: incorrect phone format"
    )]
    #[case(
        "kind,value\n\"ph,one\",\"x\"\n",
        "line 2 column 1: unknown kind; the kinds are phone, email and ipaddr"
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
    fn errors_have_a_position(#[case] text: &str, #[case] message: &str) {
        let errors = read_list(text.as_bytes()).unwrap_err();
        let text = errors[0].to_string();
        assert!(text.starts_with(message), "{text}");
        assert!(!text.contains("617"), "{text}");
    }

    #[test]
    fn all_errors_are_returned_and_bytes_that_are_not_utf_8() {
        let errors = read_list(b"phone,email\n1,a@example.com\n+1 617 555 0100,2\n").unwrap_err();
        assert_eq!(errors.len(), 2);
        let errors = read_list(b"phone\n+1\xff\n").unwrap_err();
        assert_eq!(errors[0].at, Position { line: 2, column: 3 });
        let errors = read_list(b"\xef\xbb\xbfphone\xff\n").unwrap_err();
        assert_eq!(errors[0].at, Position { line: 1, column: 6 });
    }
}
