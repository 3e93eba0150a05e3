//! Applies operations to a document, and remembers what undoing them takes.

use super::super::error::Fault;
use super::super::memory::Memory;
use super::super::op::{Claim, Keys, Op, Step, steps};
use super::super::text::BOM;
use super::super::value::Value;
use super::{Document, Shape, elements, only_keys};

/// A file afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    Text(String),
    /// It was not there before us, and nothing is left in it.
    Gone,
}

pub fn apply(document: &mut dyn Document, ops: &[Op], memory: &mut Memory) -> Result<Done, Fault> {
    let mut editor = Editor { document, memory };
    for op in ops {
        match op {
            Op::Set { at, value, claim } => editor.set(at, value, claim)?,
            Op::Unset { at, claim } => editor.unset(at, claim)?,
            Op::Element { at, list, value } => elements::put(&mut editor, at, list, value)?,
            Op::NoElement { at, list } => elements::remove(&mut editor, at, list)?,
        }
    }
    Ok(editor.finish())
}

pub(super) struct Editor<'a> {
    pub(super) document: &'a mut dyn Document,
    pub(super) memory: &'a mut Memory,
}

impl Editor<'_> {
    fn set(&mut self, at: &Keys, value: &Value, claim: &Claim) -> Result<(), Fault> {
        let path = steps(at);
        let Some(now) = self.document.value(&path) else {
            self.insert(at, value)?;
            self.memory.put(at, value, None);
            return Ok(());
        };
        let mine = self.is_mine(at, &now, claim);
        if mine && now.is_table() && value.is_table() {
            self.merge(&path, value)?;
            self.memory.put(at, value, None);
        } else if !now.same(value) {
            if !mine {
                let raw = self.document.raw(&path).ok_or_else(|| self.taken(&path))?;
                self.memory.forget_put(at);
                self.memory.put(at, value, Some(raw));
            }
            self.document.replace(&path, value)?;
            self.memory.put(at, value, None);
        }
        Ok(())
    }

    fn unset(&mut self, at: &Keys, claim: &Claim) -> Result<(), Fault> {
        let path = steps(at);
        let now = self.document.value(&path);
        let mine = now.is_some_and(|now| self.is_mine(at, &now, claim));
        if mine {
            let was = self.memory.has_put(at).and_then(|(_, was)| was).map(str::to_owned);
            match was {
                Some(raw) => self.document.restore(&path, &raw)?,
                None => self.document.remove(&path)?,
            }
        }
        self.memory.forget_put(at);
        self.prune(&at[..at.len().saturating_sub(1)], mine)
    }

    fn is_mine(&self, at: &Keys, now: &Value, claim: &Claim) -> bool {
        match claim {
            Claim::Known(ours) => ours.is(now),
            Claim::Noted => self.memory.has_put(at).is_some_and(|(put, _)| put.same(now)),
        }
    }

    /// Writes a member that is not there, with the tables it needs.
    pub(super) fn insert(&mut self, at: &Keys, value: &Value) -> Result<(), Fault> {
        let path = steps(at);
        let missing = (1..at.len()).find(|&end| self.document.shape(&path[..end]).is_none()).unwrap_or(at.len());
        let (Some(held), Some(key)) = (missing.checked_sub(1), at.get(missing.saturating_sub(1))) else {
            return Ok(());
        };
        if self.document.shape(&path[..held]) != Some(Shape::Table) {
            return Err(self.taken(&path[..held]));
        }
        let nested = at[missing..].iter().rev().fold(value.clone(), |value, key| Value::table([(key, value)]));
        self.document.insert(&path[..held], key, &nested, self.memory)?;
        for end in missing..at.len() {
            self.memory.made(&at[..end]);
        }
        Ok(())
    }

    /// Brings our members into a table of ours; what the user added to it stays.
    pub(super) fn merge(&mut self, at: &[Step], value: &Value) -> Result<(), Fault> {
        let Value::Table(members) = value else { return Ok(()) };
        for (key, value) in members {
            let path = [at, &[Step::Key(key.clone())]].concat();
            match self.document.value(&path) {
                None => self.document.insert(at, key, value, self.memory)?,
                Some(now) if now.same(value) => {}
                Some(now) if now.is_table() && value.is_table() => self.merge(&path, value)?,
                Some(_) => self.document.replace(&path, value)?,
            }
        }
        Ok(())
    }

    pub(super) fn taken(&self, at: &[Step]) -> Fault {
        let name: Vec<_> = only_keys(at).unwrap_or_default();
        let what = format!("`{}` holds something else than tma1 needs there", name.join("."));
        Fault::unfit(self.document.offset(at), what)
    }

    /// Takes away what only we made and nobody uses, from the inside out.
    pub(super) fn prune(&mut self, at: &[String], removed: bool) -> Result<(), Fault> {
        for end in (0..=at.len()).rev() {
            let (keys, path) = (&at[..end], steps(&at[..end]));
            if self.document.shape(&path).is_none() {
                self.memory.forget(keys);
                continue;
            }
            if !self.document.is_hollow(&path) {
                break;
            }
            if end > 0 && (self.memory.has_made(keys) || removed && self.memory.is_lost()) {
                self.document.close(&path)?;
                self.memory.forget(keys);
                continue;
            }
            if let Some(inner) = self.memory.inner(keys).map(str::to_owned) {
                self.document.refill(&path, &inner)?;
                self.memory.forget(keys);
            }
            break;
        }
        Ok(())
    }

    fn finish(self) -> Done {
        let Some(before) = self.memory.was_blank().map(|before| before.map(str::to_owned)) else {
            return Done::Text(self.document.text().to_owned());
        };
        if !self.document.is_hollow(&[]) {
            return Done::Text(self.document.text().to_owned());
        }
        let rest = self.document.rest();
        self.memory.forget_blank();
        let bare = |text: &str| text.trim_start_matches(BOM).trim().to_owned();
        let unchanged = bare(&rest) == bare(before.as_deref().unwrap_or_default());
        match before {
            Some(before) if unchanged => Done::Text(before),
            None if unchanged => Done::Gone,
            _ => Done::Text(rest),
        }
    }
}
