//! What events mention by number: modules, frames, call stacks, names.

use std::sync::Arc;

/// A program or library whose code appears in call stacks.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Module {
    /// Its path or name. A trace file keeps the first 65,535 bytes of it.
    pub path: String,
    /// What tells this build of it from every other: the GNU build id. Empty if unknown, at most
    /// [`MAX_BUILD_ID`] bytes.
    pub build_id: Vec<u8>,
}

/// A place in the sources. What is unknown is empty or 0.
///
/// A program's frames name the same functions and files again and again, so they share the texts:
/// `name.into()` makes one of a `String` or `&str`.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Location {
    /// The function's name, demangled.
    pub function: Arc<str>,
    /// The file's path, as the compiler noted it.
    pub file: Arc<str>,
    /// The line in it, from 1.
    pub line: u32,
}

/// A return address, as a module and an offset in it, so that it means the same in every run.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Frame {
    /// The index of its module in [`Interned::modules`].
    pub module: u32,
    /// Offset from the module's load address, in bytes.
    pub offset: u64,
    /// Where in the sources the call is: the innermost inlined function first, the function whose
    /// code it is last. Empty if unknown; at most [`MAX_LOCATIONS`].
    pub locations: Vec<Location>,
}

/// A call stack: its innermost frame, and the stack of the callers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Stack {
    /// The index of the innermost frame in [`Interned::frames`].
    pub frame: u32,
    /// The number of the caller's stack; 0 if it is not known.
    pub parent: u32,
}

/// What the events of a trace mention by number.
///
/// ```
/// use litepool_trace::Import;
///
/// let csv = "op,id,size,site\nallocate,1,24,app+0x10;app+0x80\n";
/// let trace = Import::from_reader(csv.as_bytes(), None)?.trace;
/// let stack = trace.events[0].stack;
/// let calls = trace.interned.frames_of(stack).map(|frame| {
///     let module = trace.interned.module_of(frame).map_or("", |module| &module.path);
///     format!("{module}+{:#x}", frame.offset)
/// });
/// assert!(calls.eq(["app+0x10", "app+0x80"]));
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Interned {
    /// Programs and libraries.
    pub modules: Vec<Module>,
    /// Return addresses in them.
    pub frames: Vec<Frame>,
    /// Call stacks: stack n of an event is the entry n - 1.
    pub stacks: Vec<Stack>,
    /// The names of threads or tasks, by number; empty: unknown. A trace file keeps the first
    /// 65,535 bytes of each. Of a thread that had several, the last one.
    pub threads: Vec<String>,
    /// The names of pools or regions, likewise.
    pub pools: Vec<String>,
}

/// Most frames of a call stack.
pub const MAX_DEPTH: usize = 64;

/// Most locations of a frame: a call in so many functions, each inlined into the next.
pub const MAX_LOCATIONS: usize = 64;

/// Most bytes of a build id: that of a SHA-512.
pub const MAX_BUILD_ID: usize = 64;

impl Interned {
    /// The frames of a stack, the innermost first: none of stack 0, at most [`MAX_DEPTH`].
    pub fn frames_of(&self, stack: u32) -> impl Iterator<Item = &Frame> {
        let entry = |stack: u32| self.stacks.get((stack as usize).checked_sub(1)?);
        std::iter::successors(entry(stack), move |stack| entry(stack.parent))
            .take(MAX_DEPTH)
            .filter_map(|stack| self.frames.get(stack.frame as usize))
    }

    /// The innermost frame of a stack: the call that asked for memory. `None` if it is unknown.
    #[must_use]
    pub fn innermost(&self, stack: u32) -> Option<&Frame> {
        self.frames_of(stack).next()
    }

    /// The name of a thread or task, if it is known.
    #[must_use]
    pub fn thread_name(&self, thread: u32) -> Option<&str> {
        named(&self.threads, thread)
    }

    /// The name of a pool or region, if it is known.
    #[must_use]
    pub fn pool_name(&self, pool: u32) -> Option<&str> {
        named(&self.pools, pool)
    }

    /// The module of a frame of this trace.
    #[must_use]
    pub fn module_of(&self, frame: &Frame) -> Option<&Module> {
        self.modules.get(frame.module as usize)
    }
}

fn named(names: &[String], number: u32) -> Option<&str> {
    let name = names.get(number as usize)?;
    (!name.is_empty()).then_some(name)
}
