//! The certificates of an etcd cluster, made on the controller from the cluster's model.
//!
//! One flat folder (0700; keys 0600, certificates 0644) holds PEM files under names that roles rely on:
//!
//! | file | usage | subject | names in it |
//! |---|---|---|---|
//! | `ca.pem`, `ca-key.pem` | signs the others, 10 years | `CN=etcd-ca` | |
//! | `member-NAME.pem`, `member-NAME-key.pem` | server and client, 1 year: an etcd member serves clients and peers with it and connects to peers | `CN=NAME` | NAME, its addresses, localhost, 127.0.0.1, ::1 |
//! | `node-NAME.pem`, `node-NAME-key.pem` | client and server, 1 year: API servers, `etcdctl` and the proxy of a host connect with it, and the proxy serves localhost with it | `OU=NAME` | localhost, 127.0.0.1, ::1 |
//!
//! There is a `node-` pair for every master, node and etcd member. It has no common name, because `etcd grpc-proxy` refuses to
//! connect to members with a certificate that has one (`cert has non empty Common Name`).
//!
//! [`ensure`] keeps what is right and makes the rest anew, [`plan`] only says what it would do. Keys are ECDSA P-256 in PKCS #8.
#![forbid(unsafe_code)]

mod authority;
mod certify;
mod ensure;
mod folder;
mod judge;
mod reason;
mod report;
mod wanted;

pub use ensure::ensure;
pub use ensure::plan;
pub use reason::Reason;
pub use report::Action;
pub use report::Entry;
pub use report::Report;
pub use wanted::San;
