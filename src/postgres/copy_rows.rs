//! Rows for `COPY … FROM STDIN WITH (FORMAT binary)`.

use std::net::Ipv6Addr;

use bytes::{BufMut as _, Bytes, BytesMut};

/// Rows in COPY's binary format, collected in parts of bounded size. If such a row is invalid, the server logs its line and
/// column but never quotes it, as it would in the text format.
#[derive(Default)]
pub struct CopyRows {
    parts: Vec<Bytes>,
    current: BytesMut,
    /// Where the current row starts in `current`, and how many fields it has.
    row: usize,
    fields: i16,
}

/// A part is complete once it has so many bytes.
const PART: usize = 64 * 1024;
/// The start of the format: signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The end of the format.
const TRAILER: &[u8] = &(-1_i16).to_be_bytes();
/// The length that marks a NULL.
const NULL: i32 = -1;
/// The version number before the text of a binary jsonb.
const JSONB: u8 = 1;
/// The header of an IPv6 address in binary `inet`: family, prefix length, not a cidr, sixteen bytes.
const INET6: [u8; 4] = [3, 128, 0, 16];

impl CopyRows {
    /// Appends a text.
    pub fn text(&mut self, value: &str) -> &mut CopyRows {
        self.field(&[value.as_bytes()])
    }

    /// Appends a text or NULL.
    pub(crate) fn optional_text(&mut self, value: Option<&str>) -> &mut CopyRows {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    /// Appends a smallint.
    pub(crate) fn small(&mut self, value: i16) -> &mut CopyRows {
        self.field(&[&value.to_be_bytes()])
    }

    /// Appends an int.
    pub fn int(&mut self, value: impl Into<i32>) -> &mut CopyRows {
        self.field(&[&value.into().to_be_bytes()])
    }

    /// Appends an int or NULL.
    pub(crate) fn optional_int(&mut self, value: Option<i32>) -> &mut CopyRows {
        match value {
            Some(value) => self.int(value),
            None => self.null(),
        }
    }

    /// Appends a bigint.
    pub(crate) fn big(&mut self, value: impl Into<i64>) -> &mut CopyRows {
        self.field(&[&value.into().to_be_bytes()])
    }

    /// Appends true.
    pub(crate) fn yes(&mut self) -> &mut CopyRows {
        self.field(&[&[1]])
    }

    /// Appends false.
    pub(crate) fn no(&mut self) -> &mut CopyRows {
        self.field(&[&[0]])
    }

    /// Appends a bytea.
    pub(crate) fn bytes(&mut self, value: &[u8]) -> &mut CopyRows {
        self.field(&[value])
    }

    /// Appends a jsonb, by its text.
    pub(crate) fn json(&mut self, text: &str) -> &mut CopyRows {
        self.field(&[&[JSONB], text.as_bytes()])
    }

    /// Appends a jsonb or NULL.
    pub(crate) fn optional_json(&mut self, text: Option<&str>) -> &mut CopyRows {
        match text {
            Some(text) => self.json(text),
            None => self.null(),
        }
    }

    /// Appends an inet.
    pub(crate) fn address(&mut self, value: Ipv6Addr) -> &mut CopyRows {
        self.field(&[&INET6, &value.octets()])
    }

    /// Ends the row.
    pub fn end(&mut self) {
        self.current[self.row..self.row + 2].copy_from_slice(&self.fields.to_be_bytes());
        self.fields = 0;
        if self.current.len() >= PART {
            self.parts.push(self.current.split().freeze());
        }
    }

    /// Bytes collected so far.
    pub(crate) fn len(&self) -> usize {
        self.parts.iter().map(Bytes::len).sum::<usize>() + self.current.len()
    }

    /// Complete parts so far, of about 64 KiB each; faster than [`CopyRows::len`].
    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.current.is_empty()
    }

    fn null(&mut self) -> &mut CopyRows {
        self.begin_field();
        self.current.put_i32(NULL);
        self
    }

    fn field(&mut self, pieces: &[&[u8]]) -> &mut CopyRows {
        self.begin_field();
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        let length = i32::try_from(length).expect("no value is larger than a submission may be");
        self.current.put_i32(length);
        for piece in pieces {
            self.current.put_slice(piece);
        }
        self
    }

    /// The number of fields is written before the first one when the row ends.
    fn begin_field(&mut self) {
        if self.fields == 0 {
            self.row = self.current.len();
            self.current.put_i16(0);
        }
        self.fields += 1;
    }

    /// Everything to send, including header and trailer.
    pub(super) fn take_parts(&mut self) -> Vec<Bytes> {
        let mut all = vec![Bytes::from_static(HEADER)];
        all.append(&mut self.parts);
        all.push(self.current.split().freeze());
        all.push(Bytes::from_static(TRAILER));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_fields_with_their_lengths() {
        let mut rows = CopyRows::default();
        rows.small(7).text("a\tb").optional_int(None).end();
        rows.yes().json("{}").end();
        let parts = rows.take_parts();
        assert_eq!(
            parts[1][..],
            *b"\x00\x03\x00\x00\x00\x02\x00\x07\x00\x00\x00\x03a\tb\xff\xff\xff\xff\
               \x00\x02\x00\x00\x00\x01\x01\x00\x00\x00\x03\x01{}"
        );
        assert_eq!((&parts[0][..], &parts[2][..]), (HEADER, TRAILER));
        assert!(rows.is_empty());
    }

    #[test]
    fn parts_end_with_a_row() {
        let mut rows = CopyRows::default();
        for _ in 0..2 {
            rows.text(&"x".repeat(PART)).int(1).end();
        }
        assert_eq!(rows.parts(), 2);
        for part in &rows.take_parts()[1..3] {
            assert_eq!(part.len(), 2 + 4 + PART + 4 + 4);
            assert_eq!(part[..2], [0, 2]);
        }
    }
}
