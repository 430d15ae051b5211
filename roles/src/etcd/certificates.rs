//! The certificates that `evenkeel certs` has made on the controller, copied to the hosts.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Assert;
use evenkeel_tasks::types::Copy;
use evenkeel_tasks::types::File;
use serde_json::json;

use crate::card::for_each_of;
use crate::card::hidden;
use crate::card::item;
use crate::card::task;

/// Where certificates and keys lie on the hosts, as Kargo has it.
pub(crate) const FOLDER: &str = "/etc/ssl/etcd/ssl";

/// The certificates must have been made.
pub(crate) fn assert(kind: &str) -> Card {
    let that = json!({
        "that": [
            "(etcd_cert_dir ~ '/ca.pem') is file",
            format!("(etcd_cert_dir ~ '/{kind}-' ~ inventory_hostname ~ '.pem') is file"),
        ],
        "fail_msg": "etcd's certificates are missing in {{ etcd_cert_dir }}: run `evenkeel certs` with this inventory",
        "quiet": true,
    });
    task::<Assert>("Make sure that etcd's certificates are on the controller", that)
}

/// Copies the authority's certificate, and for each kind the host's certificate and key.
pub(crate) fn tasks(kinds: &[&str], group: &str, notify: Option<&str>) -> Vec<Item> {
    let own = |suffix: &'static str| {
        kinds
            .iter()
            .map(move |kind| format!("{kind}-{{{{ inventory_hostname }}}}{suffix}.pem"))
    };
    let folder = json!({
        "path": FOLDER,
        "state": "directory",
        "owner": "root",
        "group": group,
        "mode": "0750",
    });
    let copy = |name: &str, mode: &str| {
        let file = json!({
            "src": "{{ etcd_cert_dir }}/{{ item }}",
            "dest": format!("{FOLDER}/{{{{ item }}}}"),
            "owner": "root",
            "group": group,
            "mode": mode,
        });
        let card = task::<Copy>(name, file);
        match notify {
            Some(handler) => card.notify(handler),
            None => card,
        }
    };
    let certificates: Vec<String> = ["ca.pem".to_owned()].into_iter().chain(own("")).collect();
    let keys: Vec<String> = own("-key").collect();
    vec![
        item(task::<File>("Make the folder of etcd's certificates", folder)),
        item(for_each_of(
            copy("Copy etcd's certificates", "0644").about("`evenkeel certs` makes them on the controller."),
            &certificates,
        )),
        item(hidden(for_each_of(
            copy("Copy the keys of etcd's certificates", "0640"),
            &keys,
        ))),
    ]
}
