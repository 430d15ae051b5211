//! What stands around the cipher: a header line, then hexadecimal digits in lines of 80.

use super::MARK;
use super::VaultError;

/// How many digits stand in a line.
const WIDTH: usize = 80;

/// The parts of an encrypted text.
pub(super) struct Sealed {
    pub(super) salt: Vec<u8>,
    pub(super) hmac: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

/// An encrypted text and the label of its password, where it says one.
pub(super) struct Envelope {
    pub(super) label: Option<String>,
    pub(super) sealed: Sealed,
}

impl Envelope {
    /// Reads a text; blanks around its lines do not count.
    pub(super) fn read(text: &[u8]) -> Result<Envelope, VaultError> {
        let text = std::str::from_utf8(text).map_err(|_| VaultError::Format("it is not ASCII"))?;
        let mut lines = text.trim().lines().map(str::trim);
        let header = lines.next().unwrap_or_default();
        let fields = header.strip_prefix(MARK);
        let fields = fields.ok_or(VaultError::Format("it does not begin with $ANSIBLE_VAULT"))?;
        let mut fields = fields.split(';').map(str::trim);
        let version = fields.next().unwrap_or_default();
        if fields.next() != Some("AES256") {
            return Err(VaultError::Format("its cipher is not AES256"));
        }
        let label = match version {
            "1.1" => None,
            "1.2" => fields.next().map(str::to_owned),
            _ => return Err(VaultError::Format("its version is neither 1.1 nor 1.2")),
        };
        let body: String = lines.collect();
        let inner = unhex(body.as_bytes())?;
        let mut parts = inner.splitn(3, |byte| *byte == b'\n');
        let mut part = || unhex(parts.next().ok_or(VaultError::Format("it is cut off"))?);
        let (salt, hmac, bytes) = (part()?, part()?, part()?);
        let sealed = Sealed { salt, hmac, bytes };
        Ok(Envelope { label, sealed })
    }
}

/// Writes an encrypted text.
pub(super) fn write(sealed: &Sealed, label: Option<&str>) -> String {
    let parts = [&sealed.salt, &sealed.hmac, &sealed.bytes].map(|part| hex(part));
    let body = hex(parts.join("\n").as_bytes());
    let mut out = match label {
        Some(label) => format!("{MARK}1.2;AES256;{label}\n"),
        None => format!("{MARK}1.1;AES256\n"),
    };
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(WIDTH));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(digits: &[u8]) -> Result<Vec<u8>, VaultError> {
    let wrong = VaultError::Format("something in it is no hexadecimal number");
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let bytes = digits.chunks(2).map(|pair| match pair {
        [high, low] => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
        _ => None,
    });
    bytes.collect::<Option<Vec<u8>>>().ok_or(wrong)
}
