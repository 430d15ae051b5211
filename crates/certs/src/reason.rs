//! Why a certificate is made anew.

use std::fmt;

use serde::Serialize;
use serde::Serializer;

use crate::San;

/// Why a file is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is none.
    Missing,
    /// There is no key to the certificate.
    KeyMissing,
    /// It is no certificate in PEM.
    Unreadable,
    /// The key is none in PEM (PKCS #8).
    KeyUnreadable,
    /// The key is another's.
    KeyDiffers,
    /// Another CA signed it, or nobody did.
    OtherAuthority,
    /// It names somebody else than this host, or names it in another way.
    Subject,
    /// A name or address that it lacks.
    Added(San),
    /// A name or address that it should no longer be valid for.
    Removed(San),
    /// It is valid for something that is neither a name nor an address.
    OtherNames,
    /// Its usages are not those of a server and client.
    Usage,
    /// It is not valid yet.
    NotYet,
    /// It is not valid any more.
    Expired,
    /// It is valid for so many more days, which is too short.
    Expires {
        /// Whole days that are left.
        days: i64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Missing => f.write_str("missing"),
            Reason::KeyMissing => f.write_str("its key is missing"),
            Reason::Unreadable => f.write_str("it is no certificate in PEM"),
            Reason::KeyUnreadable => f.write_str("its key is no private key in PEM"),
            Reason::KeyDiffers => f.write_str("its key does not fit"),
            Reason::OtherAuthority => f.write_str("it is not signed by the present CA"),
            Reason::Subject => f.write_str("its subject is not the host"),
            Reason::Added(san) => write!(f, "{san} was added"),
            Reason::Removed(san) => write!(f, "{san} was removed"),
            Reason::OtherNames => f.write_str("it is valid for more than names and addresses"),
            Reason::Usage => f.write_str("its usages are not those of a server and client"),
            Reason::NotYet => f.write_str("it is not valid yet"),
            Reason::Expired => f.write_str("expired"),
            Reason::Expires { days: 1 } => f.write_str("expires in 1 day"),
            Reason::Expires { days } => write!(f, "expires in {days} days"),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
