//! What the program `openssl` says of the certificates; without it, these tests say so and pass.

use std::path::Path;
use std::process::Command;

use evenkeel_certs::Report;
use evenkeel_playbook::Disk;
use evenkeel_playbook::Files as _;

use super::changes;
use super::day;
use super::inventory::Inventory;
use super::small;

/// What openssl prints in a folder; `None` when there is no such program.
fn openssl(folder: &Path, arguments: &str) -> Option<String> {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).current_dir(folder);
    let Ok(output) = command.output() else {
        eprintln!("left out: there is no program openssl");
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "openssl {arguments}: {}",
        text(&output.stderr)
    );
    Some(text(&output.stdout))
}

fn ensure(inventory: &Inventory, folder: &Path, days: u64) -> Report {
    evenkeel_certs::ensure(&inventory.cluster(), folder, &Disk, day(days)).unwrap()
}

/// `openssl verify` of every certificate of a report, as a server's and as a client's.
fn verify(folder: &Path, report: &Report, days: u64) {
    let time = day(days)
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let certificates = report.files.iter().map(|entry| &entry.file);
    for file in certificates.filter(|file| !file.ends_with("-key.pem") && !file.starts_with("ca")) {
        for purpose in ["sslserver", "sslclient"] {
            let options = format!("-x509_strict -attime {time} -purpose {purpose} -CAfile ca.pem");
            let said = openssl(folder, &format!("verify {options} {file}"));
            assert!(said.is_none_or(|said| said == format!("{file}: OK\n")));
        }
    }
}

#[test]
fn the_chain_is_good_and_says_what_the_model_says() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("etcd");
    let inventory = small().access("e1", "2001:db8::13");
    let report = ensure(&inventory, &folder, 0);
    verify(&folder, &report, 1);
    let extensions = "subjectAltName,keyUsage,extendedKeyUsage,basicConstraints";
    let mut text = String::new();
    for file in ["ca", "member-e1", "node-w1"] {
        let Some(said) = openssl(
            &folder,
            &format!("x509 -in {file}.pem -noout -subject -issuer -dates -ext {extensions}"),
        ) else {
            return;
        };
        for line in said.lines() {
            // OpenSSL 3.2 and later write `CN=e1`.
            text += line.replace(" = ", "=").trim_end();
            text.push('\n');
        }
    }
    insta::assert_snapshot!(text, @r"
    subject=CN=etcd-ca
    issuer=CN=etcd-ca
    notBefore=Jan 15 07:00:00 2027 GMT
    notAfter=Jan 12 08:00:00 2037 GMT
    X509v3 Key Usage: critical
        Certificate Sign, CRL Sign
    X509v3 Basic Constraints: critical
        CA:TRUE, pathlen:0
    subject=CN=e1
    issuer=CN=etcd-ca
    notBefore=Jan 15 07:00:00 2027 GMT
    notAfter=Jan 15 08:00:00 2028 GMT
    X509v3 Subject Alternative Name:
        DNS:e1, DNS:localhost, IP Address:127.0.0.1, IP Address:192.0.2.13, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:0:13
    X509v3 Key Usage: critical
        Digital Signature
    X509v3 Extended Key Usage:
        TLS Web Server Authentication, TLS Web Client Authentication
    X509v3 Basic Constraints: critical
        CA:FALSE
    subject=OU=w1
    issuer=CN=etcd-ca
    notBefore=Jan 15 07:00:00 2027 GMT
    notAfter=Jan 15 08:00:00 2028 GMT
    X509v3 Subject Alternative Name:
        DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1
    X509v3 Key Usage: critical
        Digital Signature
    X509v3 Extended Key Usage:
        TLS Web Server Authentication, TLS Web Client Authentication
    X509v3 Basic Constraints: critical
        CA:FALSE
    ");
    let key = openssl(&folder, "pkey -in member-e1-key.pem -noout -text").unwrap();
    assert!(key.contains("NIST CURVE: P-256"), "{key}");
}

#[test]
fn a_prolonged_ca_vouches_for_what_the_old_one_signed_and_the_other_way_round() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("etcd");
    ensure(&small(), &folder, 0);
    let old = Disk.read(&folder.join("ca.pem")).unwrap();
    ensure(&small(), &folder, 3280);
    let report = ensure(&small(), &folder, 3290);
    verify(&folder, &report, 3291);
    ensure(&small().host("e1", "192.0.2.23"), &folder, 3290);
    Disk.write(&folder.join("ca.pem"), &old, 0o644).unwrap();
    verify(&folder, &report, 3291);
}

#[test]
fn a_ca_of_ones_own_signs_and_is_not_prolonged() {
    for key in ["ec -pkeyopt ec_paramgen_curve:P-384", "rsa:2048"] {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("etcd");
        Disk.make_folder(&folder, 0o700).unwrap();
        let request = format!("req -x509 -newkey {key} -nodes -keyout ca-key.pem -out ca.pem -days 100");
        // The program can only sign from its own clock's time on, so this CA is judged by that clock.
        if openssl(&folder, &format!("{request} -subj /O=Own/CN=root")).is_none() {
            return;
        }
        let now = std::time::SystemTime::now();
        let run = |now| evenkeel_certs::ensure(&small().cluster(), &folder, &Disk, now);
        let report = run(now).unwrap();
        assert!(report.files[2..].iter().all(|entry| entry.days <= 100));
        let warning = report.warnings[0].to_string();
        assert!(warning.ends_with("ca.pem expires in 99 days"), "{warning}");
        let said = openssl(&folder, "verify -CAfile ca.pem member-m1.pem").unwrap();
        assert_eq!(said, "member-m1.pem: OK\n");
        assert_eq!(run(now).unwrap().made(), 0);
        let later = now + std::time::Duration::from_secs(80 * 86_400);
        let problem = run(later).unwrap_err().remove(0).to_string();
        assert!(
            problem.ends_with("ca.pem expires in 19 days, and was not made here"),
            "{problem}"
        );
    }
}

#[test]
fn usages_that_are_not_wanted_make_a_certificate_anew() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("etcd");
    // The program signs from its own clock's time on, which is later than the test's beginning.
    let now = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    let run = || evenkeel_certs::ensure(&small().cluster(), &folder, &Disk, now).unwrap();
    run();
    let names = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,email:root@localhost";
    let usage = "keyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth";
    std::fs::write(folder.join("ext"), format!("{names}\n{usage}\n")).unwrap();
    let request = "req -new -key node-w1-key.pem -subj /OU=w1 -out request";
    if openssl(&folder, request).is_none() {
        return;
    }
    let sign = "x509 -req -in request -CA ca.pem -CAkey ca-key.pem -days 90 -extfile ext -out node-w1.pem";
    openssl(&folder, sign);
    insta::assert_snapshot!(changes(&run()), @r"
    made node-w1.pem 365 days: it is valid for more than names and addresses; its usages are not those of a server and client
    made node-w1-key.pem 365 days: it is valid for more than names and addresses; its usages are not those of a server and client
    ");
}
