//! Plays as a playbook in YAML would hold them.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_roles::Generated;
use evenkeel_yaml::Data;
use evenkeel_yaml::write_block;

/// The whole playbook.
pub(crate) fn plays(generated: &Generated) -> String {
    write_block(&Data::list(
        generated.playbook.plays.iter().map(|play| self::play(play)),
    ))
}

fn play(play: &Play) -> Data {
    let tasks = Data::list(play.tasks.iter().map(task));
    let data = Data::mapping()
        .with("name", play.name.as_deref().unwrap_or_default())
        .with("hosts", Data::from(&*play.hosts))
        .with("gather_facts", play.gather_facts.unwrap_or(true))
        .with("tags", Data::list(play.keywords.tags.iter().map(|tag| &**tag)))
        .with("tasks", tasks);
    if play.handlers.is_empty() {
        data
    } else {
        data.with("handlers", Data::list(play.handlers.iter().map(task)))
    }
}

fn task(item: &Item) -> Data {
    let Item::Card(card) = item else {
        panic!("roles compose no blocks")
    };
    let Card { body, .. } = &**card;
    let arguments = body.raw.iter().fold(Data::mapping(), |all, (name, _, value)| {
        all.with(name, Data::from(value))
    });
    let mut written = Data::mapping()
        .with("name", card.title())
        .with(&*body.written, arguments);
    if let Some(list) = &card.loop_ {
        written = written.with("loop", Data::from(&**list));
    }
    for handler in &card.keywords.notify {
        written = written.with("notify", Data::from(&**handler));
    }
    written
}
