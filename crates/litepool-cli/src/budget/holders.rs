//! What each task and each call site of a trace held: the most at any moment, at the live peak, at
//! the end.

use std::collections::BTreeMap;

use litepool_snapshot::{Call, Place};
use litepool_trace::{Event, Interned, Op};
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::naming::{Naming, in_any_build};
use crate::sites;

#[cfg(test)]
mod tests;

/// What one of them held, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Held {
    /// The most at any moment.
    pub(super) most: u64,
    /// At the live peak of the trace.
    pub(super) at_peak: u64,
    /// At the end.
    pub(super) at_end: u64,
}

/// A call site: in whatever build it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Site {
    pub(super) held: Held,
    /// The name of its function; empty if it is not known.
    pub(super) function: String,
    /// Where most is held: the file as the compiler noted it; later, as it is in the repository.
    pub(super) place: Option<SourceLine>,
}

/// A line of the program's sources.
#[derive(Serialize, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct SourceLine {
    pub(super) file: String,
    /// 0: unknown.
    pub(super) line: u32,
}

/// What all of them held.
#[derive(Default, Debug)]
pub(super) struct AllHeld {
    /// The tasks or threads by name. Those of one name are one.
    pub(super) tasks: BTreeMap<String, Held>,
    /// The call sites by what they are called in any build: function and file.
    pub(super) sites: BTreeMap<String, Site>,
}

/// Finds it out, event by event. Memory is that of the live objects, the call stacks and the
/// threads.
pub(super) struct Holders<'i> {
    interned: &'i Interned,
    naming: Naming,
    /// The bytes of each live object, by its number, and whose they are.
    objects: FxHashMap<u32, (u64, Whose)>,
    live: u64,
    highest: u64,
    tasks: Tally<String>,
    sites: Tally<String>,
    lines: Tally<Option<Call>>,
    /// Of each call stack: the site and the line in it.
    of_stack: FxHashMap<u32, (usize, usize)>,
    of_thread: FxHashMap<u32, usize>,
}

/// Indices of who holds an object.
#[derive(Clone, Copy)]
struct Whose {
    task: usize,
    site: usize,
    line: usize,
}

impl<'i> Holders<'i> {
    /// Begins before the first event of a trace whose events mention what is in `interned`.
    pub(super) fn new(interned: &'i Interned, naming: Naming) -> Self {
        Self {
            interned,
            naming,
            objects: FxHashMap::default(),
            live: 0,
            highest: 0,
            tasks: Tally::default(),
            sites: Tally::default(),
            lines: Tally::default(),
            of_stack: FxHashMap::default(),
            of_thread: FxHashMap::default(),
        }
    }

    /// Takes the next event into account. O(1), amortised.
    pub(super) fn event(&mut self, event: &Event) {
        let Some(op) = event.op() else { return };
        let (before, after, whose) = match op {
            Op::Allocate { id, size, .. } => {
                let whose = self.whose(event);
                self.objects.insert(id, (size, whose));
                (0, size, whose)
            }
            Op::Resize { id, size } => {
                let Some((bytes, whose)) = self.objects.get_mut(&id) else {
                    return;
                };
                (std::mem::replace(bytes, size), size, *whose)
            }
            Op::Free { id } => {
                let Some((bytes, whose)) = self.objects.remove(&id) else {
                    return;
                };
                (bytes, 0, whose)
            }
        };
        self.tasks.change(whose.task, before, after);
        self.sites.change(whose.site, before, after);
        self.lines.change(whose.line, before, after);
        self.live = self.live.saturating_sub(before).saturating_add(after);
        if self.live > self.highest {
            self.highest = self.live;
            self.tasks.peaks += 1;
            self.sites.peaks += 1;
            self.lines.peaks += 1;
        }
    }

    /// The call that wanted the memory of a stack, line and all: by its index.
    pub(super) fn line(&mut self, stack: u32) -> usize {
        self.site_and_line(stack).1
    }

    fn whose(&mut self, event: &Event) -> Whose {
        let (site, line) = self.site_and_line(event.stack);
        let thread = event.thread;
        let name = || match self.interned.thread_name(thread) {
            Some(name) => name.to_owned(),
            None => format!("thread {thread}"),
        };
        let task = self.of_thread.entry(thread);
        let task = *task.or_insert_with(|| self.tasks.index(name()));
        Whose { task, site, line }
    }

    fn site_and_line(&mut self, stack: u32) -> (usize, usize) {
        if let Some(&known) = self.of_stack.get(&stack) {
            return known;
        }
        let call = self.naming.stack(self.interned, stack).site().cloned();
        let name = sites::site_text(call.as_ref().map(in_any_build).as_ref());
        let both = (self.sites.index(name), self.lines.index(call));
        self.of_stack.insert(stack, both);
        both
    }

    /// What they held, and what could not be named.
    pub(super) fn finish(self) -> (AllHeld, Vec<String>) {
        let notes = self.naming.notes();
        let mut all = AllHeld {
            tasks: self.tasks.finish().collect(),
            sites: BTreeMap::new(),
        };
        let sites = self.sites.finish().map(|(name, held)| {
            let site = Site {
                held,
                function: String::new(),
                place: None,
            };
            (name, site)
        });
        all.sites.extend(sites);
        all.place(self.lines.finish().collect());
        (all, notes)
    }
}

impl AllHeld {
    /// The call sites of this name: of a function, or of a function and its file.
    pub(super) fn sites_called(&self, name: &str) -> impl Iterator<Item = (&String, &Site)> {
        let is_called = move |full: &str, site: &Site| {
            full == name || (!name.is_empty() && site.function == name)
        };
        let sites = self.sites.iter();
        sites.filter(move |(full, site)| is_called(full, site))
    }

    /// Notes functions, and the line of each site that holds most.
    fn place(&mut self, mut lines: Vec<(Option<Call>, Held)>) {
        // The last one that is noted stays.
        lines.sort_by(|(call, held), (other, other_held)| {
            let weight = |held: &Held| (held.at_peak.max(held.at_end), held.most);
            (weight(held), other).cmp(&(weight(other_held), call))
        });
        for (call, _) in lines {
            let Some(call) = call else { continue };
            let name = sites::site_text(Some(&in_any_build(&call)));
            let (
                Some(site),
                Place::Function {
                    function,
                    file,
                    line,
                },
            ) = (self.sites.get_mut(&name), call.place)
            else {
                continue;
            };
            site.function = function.to_string();
            if !file.is_empty() {
                site.place = Some(SourceLine {
                    file: file.to_string(),
                    line,
                });
            }
        }
    }
}

/// What many hold.
struct Tally<K> {
    indices: FxHashMap<K, usize>,
    /// With which peak each is noted of. If there were others since, nothing has changed since
    /// then.
    held: Vec<(Held, u64)>,
    /// How many peaks there were so far, each higher than the one before.
    peaks: u64,
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self {
            indices: FxHashMap::default(),
            held: Vec::new(),
            peaks: 0,
        }
    }
}

impl<K: Eq + std::hash::Hash> Tally<K> {
    /// The index of a holder, who is new if it was not asked for before.
    fn index(&mut self, key: K) -> usize {
        let held = &mut self.held;
        *self.indices.entry(key).or_insert_with(|| {
            held.push((Held::default(), 0));
            held.len() - 1
        })
    }

    /// One of its objects had so many bytes, and has so many now.
    fn change(&mut self, index: usize, before: u64, after: u64) {
        let entry = &mut self.held[index];
        note_peak(entry, self.peaks);
        let held = &mut entry.0;
        held.at_end = held.at_end.saturating_sub(before).saturating_add(after);
        held.most = held.most.max(held.at_end);
    }

    fn finish(self) -> impl Iterator<Item = (K, Held)> {
        let Self {
            indices,
            mut held,
            peaks,
        } = self;
        held.iter_mut().for_each(|entry| note_peak(entry, peaks));
        indices
            .into_iter()
            .map(move |(key, index)| (key, held[index].0))
    }
}

/// Notes what is held at the last peak, before it changes.
fn note_peak((held, peak): &mut (Held, u64), peaks: u64) {
    if *peak != peaks {
        (held.at_peak, *peak) = (held.at_end, peaks);
    }
}
