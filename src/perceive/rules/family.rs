//! Which sessions are one at work: a session, those that it runs as sub-agents, and the one that runs it.

use crate::perceive::view::View;
use crate::store::SessionRef;

#[derive(Debug)]
pub struct Family<'a>(Vec<&'a SessionRef>);

impl<'a> Family<'a> {
    pub fn of(view: &'a View) -> Self {
        let mut all: Vec<&SessionRef> = [&view.me.session].into_iter().chain(&view.me.parent).collect();
        let children = || view.peers.iter().filter_map(|peer| Some((&peer.session, peer.parent.as_ref()?)));
        // Sub-agents have sub-agents, and nobody says in which order they come.
        while let Some((child, _)) = children().find(|(child, parent)| all.contains(parent) && !all.contains(child)) {
            all.push(child);
        }
        Self(all)
    }

    pub fn has(&self, session: &SessionRef) -> bool {
        self.0.contains(&session)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stories::{session, view};
    use super::*;
    use crate::perceive::view::Peer;

    #[test]
    fn sub_agents_of_any_depth_belong_to_it() {
        let peer = |id: &str, parent: Option<&str>| Peer {
            session: session(id),
            parent: parent.map(session),
            last: 0,
            ended: false,
            edited: Vec::new(),
        };
        let mut view = view();
        view.me.parent = Some(session("above"));
        view.peers = vec![
            peer("deep", Some("child")),
            peer("child", Some("me")),
            peer("beside", Some("above")),
            peer("other", None),
            peer("others", Some("other")),
        ];
        let family = Family::of(&view);
        for (id, want) in [
            ("me", true),
            ("above", true),
            ("child", true),
            ("deep", true),
            ("beside", true),
            ("other", false),
            ("others", false),
            ("nobody", false),
        ] {
            assert_eq!(family.has(&session(id)), want, "{id}");
        }
    }
}
