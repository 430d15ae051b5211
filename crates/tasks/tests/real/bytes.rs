//! Files with bytes that are no UTF-8, of which another line is edited.

use std::fs;

use evenkeel_host::Known;
use evenkeel_host::Local;
use evenkeel_host::Posix;

use crate::make;
use crate::task;

const OTHER: &[u8] = b"# f\xfcr uns \xe4\xf6\n";

#[test]
fn lines_that_are_not_edited_keep_their_bytes() {
    let host = Posix::new(Local::new());
    let who = make(&host, &*task("{command: id -un}", "/"), false).result;
    let who = who.get("stdout").cloned().and_then(Known::ok).unwrap();
    let user = who.as_str().unwrap();
    let key = "AAAAC3NzaC1lZDI1NTE5AAAAIIzlnSq5ESxLgW0avvPk3j7zLV59hcAPkxrMNdnZMKP2";
    for text in [
        r#"{mount: {path: /srv/x, src: /dev/x, fstype: ext4, state: present, fstab: D/x.list}}"#,
        r#"{cron: {name: x, job: /bin/x, user: root, cron_file: D/x.list}}"#,
        r#"{apt_repository: {repo: "deb http://no.example.org x main", filename: D/x, update_cache: false}}"#,
        r#"{sysctl: {name: net.x, value: "1", sysctl_file: D/x.list, reload: false}}"#,
        r#"{known_hosts: {name: x, key: "x ssh-ed25519 KEY", path: D/x.list}}"#,
        r#"{authorized_key: {user: USER, key: "ssh-ed25519 KEY", path: D/x.list, manage_dir: false}}"#,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.list");
        fs::write(&path, OTHER).unwrap();
        let text = text.replace("USER", user).replace("KEY", key);
        let made = make(&host, &*task(&text, folder.path().to_str().unwrap()), false);
        assert!(
            made.lines.as_ref().is_ok_and(|lines| !lines.is_empty()),
            "{text}: {made:?}"
        );
        let bytes = fs::read(&path).unwrap();
        assert!(
            bytes.windows(OTHER.len()).any(|part| part == OTHER),
            "{text}: {}",
            bytes.escape_ascii()
        );
        assert!(bytes.len() > OTHER.len(), "{text}");
    }
}
