//! Who begins a cluster: nobody while another could be running that was not asked.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Templar;
use evenkeel_playbook::TemplarSettings;
use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use serde_json::Value as Json;
use serde_json::json;

use crate::support::Changed;
use crate::support::scope;

fn cards(items: &[Item], into: &mut Vec<Arc<Card>>) {
    for item in items {
        match item {
            Item::Card(card) => into.push(Arc::clone(card)),
            Item::Block(block) => cards(&block.block, into),
            Item::Role(role) => cards(&role.role.tasks, into),
        }
    }
}

/// The task of `site.yml` whose name begins so.
fn task(inventory: &str, name: &str) -> Arc<Card> {
    let generated = Changed::inventory(inventory).generated();
    let plays = &generated.playbook.plays;
    let mut all = Vec::new();
    plays.iter().for_each(|play| cards(&play.tasks, &mut all));
    all.into_iter()
        .find(|card| card.title().starts_with(name))
        .expect("the task")
}

/// Whether an assertion holds while these variables of the hosts are known.
fn holds(card: &Card, variables: &Json) -> bool {
    let that = card.body.raw.get("that").expect("that");
    let templar = Templar::new(TemplarSettings::default());
    match templar
        .condition(that, &scope(variables))
        .expect("a condition")
        .value
    {
        Known::Is(holds) => holds,
        Known::Unknown(why) => panic!("unknown: {why}"),
    }
}

#[test]
fn a_first_master_without_kubernetes_begins_only_when_all_others_were_asked() {
    let asked = task("thebsdbox-stacked", "Make sure that every other master was asked");
    let none = task(
        "thebsdbox-stacked",
        "Make sure that no other master is in a cluster",
    );
    let stat = |exists: bool| json!({ "inventory_hostname": "m", "kubernetes_begun": { "stat": { "exists": exists } } });
    let silent = json!({ "inventory_hostname": "m" });
    let group = "kube_control_plane";
    for (second, third, were_asked, are_none) in [
        (stat(false), stat(false), true, true),
        (stat(false), silent.clone(), false, true),
        (stat(true), stat(false), true, false),
        (stat(true), silent, false, false),
    ] {
        let variables = json!({
            "groups": { group: ["m1", "m2", "m3"] },
            "hostvars": { "m1": stat(false), "m2": second, "m3": third },
        });
        assert_eq!(holds(&asked, &variables), were_asked, "{variables}");
        assert_eq!(holds(&none, &variables), are_none, "{variables}");
    }
}

#[test]
fn members_of_etcd_that_were_not_asked_count_as_having_data() {
    let look = task("kargo-local-lb", "Look which other members have data");
    let stat = |name: &str, exists: bool| json!({ "inventory_hostname": name, "etcd_data": { "stat": { "exists": exists } } });
    let variables = json!({
        "inventory_hostname": "m1",
        "groups": { "etcd": ["m1", "m2", "m3", "m4"] },
        "hostvars": {
            "m1": stat("m1", false),
            "m2": stat("m2", false),
            "m3": stat("m3", true),
            "m4": { "inventory_hostname": "m4" },
        },
    });
    let others = look.body.raw.get("etcd_others").expect("etcd_others");
    let rendered = Templar::new(TemplarSettings::default()).node(others, &scope(&variables));
    let Known::Is(others) = rendered.expect("it renders").value else {
        panic!("known")
    };
    assert_eq!(serde_json::to_value(&others).expect("data"), json!(["m3", "m4"]));
}
