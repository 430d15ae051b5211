//! The data types of RFC 4251, section 5.

/// Reads the fields of a blob in order; `None` where it ends too early.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(blob: &'a [u8]) -> Fields<'a> {
        Fields { rest: blob }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// So many bytes.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(head)
    }

    /// A `uint32`.
    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A `uint64`.
    pub(super) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }

    /// A `string`.
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()?;
        self.take(usize::try_from(length).ok()?)
    }

    /// A `string` that is text.
    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.string()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_end_where_the_blob_ends() {
        let mut fields = Fields::new(b"\0\0\0\x03abc\0\0\0\x05ab");
        assert_eq!(fields.text(), Some("abc"));
        assert_eq!(fields.string(), None);
        assert_eq!(Fields::new(b"\xff\xff\xff\xff").string(), None);
        assert_eq!(Fields::new(b"\0\0\0\0\0\0\x01\x02").u64(), Some(258));
    }
}
