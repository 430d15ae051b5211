//! What the system gives to something new.

use std::sync::Arc;

use super::ground::Ground;
use super::node::Node;
use super::node::made;
use crate::Kind;
use crate::Known;

/// The set-group-id bit: what is made in such a folder gets the folder's group (`inode(7)`).
const SETGID: u32 = 0o2000;

/// Something new with the owner, the group and the mode that the system gives it.
pub(super) fn fresh(kind: Kind, content: Option<Arc<[u8]>>, ground: &Ground) -> Node {
    let is_folder = kind == Kind::Directory;
    let is_link = matches!(kind, Kind::Link(_));
    let mut node = Node {
        entry: made(kind, content),
        content_at: None,
        file: None,
        owner: None,
        group: None,
        mode: None,
    };
    let maker = match &ground.maker {
        Some(Known::Is(maker)) => Ok(maker.clone()),
        Some(Known::Unknown(why)) => Err(Arc::clone(why)),
        None => Err("who makes it".into()),
    };
    if let Err(why) = &maker {
        (node.owner, node.group, node.mode) = (Some(why.clone()), Some(why.clone()), Some(why.clone()));
    }
    if let Ok(maker) = maker {
        let stat = node.stat_mut();
        (stat.uid, stat.owner, stat.gid, stat.group) = (maker.uid, maker.user, maker.gid, maker.group);
        if !is_link {
            stat.mode = if is_folder { 0o777 } else { 0o666 } & !maker.umask;
        }
    }
    match &ground.parent {
        Some(Known::Is(Some(parent))) if parent.stat.mode & SETGID != 0 => {
            node.group = None;
            let stat = node.stat_mut();
            (stat.gid, stat.group) = (parent.stat.gid, parent.stat.group.clone());
            stat.mode |= if is_folder { SETGID } else { 0 };
        }
        Some(Known::Unknown(why)) => node.group = Some(Arc::clone(why)),
        _ => {}
    }
    if is_link {
        node.mode = None;
    }
    node
}

/// Something of which only the type and the content are known.
pub(super) fn unsure(kind: Kind, content: Option<Arc<[u8]>>, why: &Arc<str>) -> Node {
    let mode = (!matches!(kind, Kind::Link(_))).then(|| Arc::clone(why));
    let (owner, group) = (Some(Arc::clone(why)), Some(Arc::clone(why)));
    Node {
        entry: made(kind, content),
        content_at: None,
        file: None,
        owner,
        group,
        mode,
    }
}
