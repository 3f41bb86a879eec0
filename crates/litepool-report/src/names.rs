//! What the page calls by number: calls, call stacks, tasks.

use litepool_snapshot::{Call as NamedCall, Place, Task};
use rustc_hash::FxHashMap;

use crate::model::{Call, Source, Stack};

/// A call stack with names.
#[derive(Clone, Default, Debug)]
pub struct NamedStack {
    /// The calls, the innermost first.
    pub calls: Vec<NamedCall>,
    /// The index of the one that wanted the memory; `None`: there is none.
    pub site: Option<usize>,
}

/// Knows the names of what a trace or a dump mentions by number.
pub trait Naming {
    /// The call stack of this number.
    fn stack(&mut self, number: u32) -> NamedStack;
    /// The name of this task or thread.
    fn task(&mut self, task: Task) -> String;
}

/// The page's numbers, given as they are asked for. The same question has the same answer in O(1).
///
/// ```
/// use litepool_report::model::Source;
/// use litepool_report::{NamedStack, Names, Naming};
/// use litepool_snapshot::Task;
///
/// struct Firmware;
/// impl Naming for Firmware {
///     fn stack(&mut self, _: u32) -> NamedStack {
///         NamedStack::default()
///     }
///     fn task(&mut self, task: Task) -> String {
///         if task == Task::Number(3) { "sensor".into() } else { format!("{task:?}") }
///     }
/// }
///
/// let mut firmware = Firmware;
/// let mut names = Names::new(&mut firmware);
/// assert_eq!(names.task(Task::Number(3)), names.task(Task::Number(3)));
/// let mut source = Source::default();
/// names.finish(&mut source);
/// assert_eq!(source.tasks, ["sensor"]);
/// ```
pub struct Names<'n> {
    naming: &'n mut dyn Naming,
    calls: Vec<Call>,
    by_call: FxHashMap<Call, u32>,
    stacks: Vec<Stack>,
    by_path: FxHashMap<(u32, u32), u32>,
    by_stack: FxHashMap<u32, u32>,
    tasks: Vec<String>,
    by_task: FxHashMap<Task, u32>,
    /// Stacks that are told by their site alone, and those that are not told at all.
    shortened: u64,
    left_out: u64,
    /// Tasks that are not told.
    tasks_left_out: u64,
}

/// Entries of the tree of stacks. Those beyond are told by their sites alone, up to twice as many; and then not at
/// all.
const MOST_STACKS: usize = 40_000;
/// A keyframe has two bytes for the task and for that there is none.
const MOST_TASKS: usize = 20_000;
/// Most characters of a name: of more, what C++ calls a function says nothing.
const LONGEST: usize = 400;

impl<'n> Names<'n> {
    /// Begins without any.
    pub fn new(naming: &'n mut dyn Naming) -> Self {
        Self {
            naming,
            calls: Vec::new(),
            by_call: FxHashMap::default(),
            stacks: vec![Stack::default()],
            by_path: FxHashMap::default(),
            by_stack: FxHashMap::default(),
            tasks: Vec::new(),
            by_task: FxHashMap::default(),
            shortened: 0,
            left_out: 0,
            tasks_left_out: 0,
        }
    }

    /// The page's number of a call stack; 0 if it is unknown.
    pub fn stack(&mut self, number: u32) -> u32 {
        if number == 0 {
            return 0;
        }
        if let Some(&known) = self.by_stack.get(&number) {
            return known;
        }
        let named = self.naming.stack(number);
        let stack = self.insert(&named);
        self.by_stack.insert(number, stack);
        stack
    }

    /// The number of the call that wanted the memory of a call stack of the page.
    #[must_use]
    pub fn site_of(&self, stack: u32) -> Option<u32> {
        let known = self.stacks.get(stack as usize).filter(|_| stack != 0);
        known.map(|stack| stack.site)
    }

    /// The page's number of a call.
    pub fn call(&mut self, call: &NamedCall) -> u32 {
        let call = facts(call);
        if let Some(&known) = self.by_call.get(&call) {
            return known;
        }
        let number = self.calls.len() as u32;
        self.calls.push(call.clone());
        self.by_call.insert(call, number);
        number
    }

    /// The page's number of a task. `None`: there are too many.
    pub fn task(&mut self, task: Task) -> Option<u32> {
        if let Some(&known) = self.by_task.get(&task) {
            return Some(known);
        }
        if self.tasks.len() == MOST_TASKS {
            self.tasks_left_out += 1;
            return None;
        }
        let known = self.tasks.len() as u32;
        self.tasks.push(clipped(&self.naming.task(task)));
        self.by_task.insert(task, known);
        Some(known)
    }

    fn insert(&mut self, named: &NamedStack) -> u32 {
        let Some(site) = named.site.and_then(|site| named.calls.get(site)) else {
            return 0;
        };
        let room = self.stacks.len() + named.calls.len();
        let path = if room <= MOST_STACKS {
            &named.calls[..]
        } else if room <= 2 * MOST_STACKS {
            self.shortened += 1;
            std::slice::from_ref(site)
        } else {
            self.left_out += 1;
            return 0;
        };
        let site = self.call(site);
        let mut parent = 0;
        for call in path.iter().rev() {
            let call = self.call(call);
            parent = match self.by_path.get(&(parent, call)) {
                Some(&known) => known,
                None => {
                    let new = self.stacks.len() as u32;
                    self.by_path.insert((parent, call), new);
                    // What it would be the site of; a stack that ends here says so itself.
                    let site = call;
                    self.stacks.push(Stack { parent, call, site });
                    new
                }
            };
        }
        self.stacks[parent as usize].site = site;
        parent
    }

    /// Puts all calls, stacks and tasks into a source, and what is not told into its notes.
    pub fn finish(self, source: &mut Source) {
        let mut note = |number: u64, what: &str| {
            if number > 0 {
                source
                    .notes
                    .push(format!("{number} {what}: there are too many"));
            }
        };
        note(
            self.shortened,
            "call stacks are shown by their call site alone",
        );
        note(self.left_out, "call stacks are shown as unknown");
        note(self.tasks_left_out, "times a task is shown as unknown");
        (source.calls, source.stacks, source.tasks) = (self.calls, self.stacks, self.tasks);
    }
}

/// A call as the page has it.
pub fn facts(call: &NamedCall) -> Call {
    let module = clipped(&call.module);
    match &call.place {
        Place::Function {
            function,
            file,
            line,
        } => Call {
            function: clipped(function),
            file: clipped(file),
            line: *line,
            module,
            offset: None,
        },
        Place::Offset(offset) => Call {
            offset: Some(*offset),
            module,
            ..Call::default()
        },
    }
}

/// A name that is no longer than people read.
fn clipped(name: &str) -> String {
    let mut characters = name.chars();
    let mut clipped: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() {
        clipped.push('…');
    }
    clipped
}

#[cfg(test)]
mod tests;
