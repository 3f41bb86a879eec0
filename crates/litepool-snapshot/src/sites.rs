//! Call sites as people know them: the function that wanted the memory, not the allocator that it
//! asked.

mod wrappers;

use std::borrow::Borrow;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use litepool_trace::{Frame, Interned, Location};

use crate::printable;
use crate::symbols::Resolver;
use wrappers::{Role, role};

/// A call in a call stack: a place in the sources, or in the code where no source is known.
///
/// Two calls are the same if they are on the same line of the same function. Of a function without
/// debug information all calls are the same.
///
/// ```
/// use litepool_snapshot::{Call, Place};
///
/// let function = "app::sensors::read_all".into();
/// let place = Place::Function { function, file: "src/sensors.rs".into(), line: 12 };
/// let call = Call { module: "".into(), place };
/// assert!(!call.is_wrapper());
/// assert_eq!(call.text(80), "app::sensors::read_all (sensors.rs:12)");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Call {
    /// The path of its module, as it was recorded; empty: none, as on a device.
    pub module: Arc<str>,
    /// Where in it.
    pub place: Place,
}

/// The call of a stack that wanted the memory, and what is around it.
///
/// ```
/// use litepool_snapshot::{Resolver, SiteInStack};
/// use litepool_trace::{Frame, Interned, Location, Module, Stack};
///
/// // `main` calls `load`, which calls `xmalloc`: names that the trace brings along.
/// let mut interned = Interned { modules: vec![Module::default()], ..Interned::default() };
/// for (parent, function) in ["main", "load", "xmalloc"].into_iter().enumerate() {
///     let location = Location { function: function.into(), ..Location::default() };
///     interned.frames.push(Frame { locations: vec![location], ..Frame::default() });
///     interned.stacks.push(Stack { frame: parent as u32, parent: parent as u32 });
/// }
/// let found = SiteInStack::of(&interned, 3, &mut Resolver::new()).ok_or("unknown")?;
/// assert_eq!(found.site.text(80), "load");
/// assert_eq!(found.through.ok_or("none")?.text(80), "xmalloc");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteInStack {
    /// The site.
    pub site: Call,
    /// The wrapper that it called, if it called one.
    pub through: Option<Call>,
    /// Who called it, the innermost first. What starts the program is left out.
    pub callers: Vec<Call>,
}

impl SiteInStack {
    /// Of a stack. `None` if that is unknown.
    pub fn of(interned: &Interned, stack: u32, resolver: &mut Resolver) -> Option<Self> {
        let mut calls = Call::of_stack(interned, stack, resolver);
        let site = site_among(&calls)?;
        let start = calls.iter().position(|call| call.role() == Role::Start);
        calls.truncate(start.unwrap_or(calls.len()).max(site + 1));
        let callers = calls.split_off(site + 1);
        let site = calls.pop()?;
        Some(Self {
            site,
            through: calls.pop(),
            callers,
        })
    }
}

/// Where a call is.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Place {
    /// In a function.
    Function {
        /// Its name, demangled.
        function: Arc<str>,
        /// The file, as the compiler noted it; empty: unknown.
        file: Arc<str>,
        /// The line in it; 0: unknown.
        line: u32,
    },
    /// At this offset in the module; without one, at this address.
    Offset(u64),
}

impl Call {
    /// The calls of a frame: the innermost inlined function first. At least one.
    pub fn of_frame(interned: &Interned, frame: &Frame, resolver: &mut Resolver) -> Vec<Self> {
        let module = interned.module_of(frame);
        let module: Arc<str> =
            module.map_or_else(|| "".into(), |module| module.path.as_str().into());
        let locations = resolver.locations(interned, frame);
        let call = |place| Self {
            module: Arc::clone(&module),
            place,
        };
        if locations.is_empty() {
            return vec![call(Place::Offset(frame.offset))];
        }
        let places = locations.into_iter().map(Place::from);
        places.map(call).collect()
    }

    /// The calls of a stack, the innermost first.
    pub fn of_stack(interned: &Interned, stack: u32, resolver: &mut Resolver) -> Vec<Self> {
        let frames = interned.frames_of(stack);
        frames
            .flat_map(|frame| Self::of_frame(interned, frame, resolver))
            .collect()
    }

    /// The call of this stack that wanted the memory: the innermost that is neither in an allocator
    /// nor in what allocates for its callers (`xmalloc`, `operator new`, containers of the
    /// standard library). `None` if the stack is unknown.
    ///
    /// What of a program counts as such is told by [`Call::is_wrapper`]; a call without a name, if
    /// such a function is its next caller that has one. Frames beyond the site are not looked up,
    /// unless it has no name.
    pub fn site(interned: &Interned, stack: u32, resolver: &mut Resolver) -> Option<Self> {
        let frames = interned.frames_of(stack);
        let calls = frames.flat_map(|frame| Self::of_frame(interned, frame, resolver));
        let (mut calls, site) = until_site(calls);
        Some(calls.swap_remove(site?))
    }

    /// Whether the function allocates for its callers, or frees: its return address may be left
    /// over on a stack. Told by its name:
    ///
    /// - the C library's functions, and names that end like them (`xmalloc`, `g_malloc0`,
    ///   `PyObject_Realloc`, `xstrdup`);
    /// - the functions of systems and libraries that allocate or free and are known by name
    ///   (`pvPortMalloc`, `LOS_MemAlloc`, `LOS_MemFree`, `heap_caps_malloc`, `g_slice_alloc`);
    /// - C++: `operator new`, everything of `std` and `__gnu_cxx`;
    /// - Rust: `__rust_alloc`, what implements `GlobalAlloc` or a trait of the heap's, everything of the
    ///   crates `alloc`, `core`, `std`, `hashbrown`, `litepool` and `litepool-stream`.
    #[must_use]
    pub fn is_wrapper(&self) -> bool {
        !matches!(self.role(), Role::Code | Role::Start)
    }

    /// The text, of at most `width` characters if the place alone is no longer: the function's name is
    /// what is cut off.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let (mut name, place) = self.parts();
        let length = name.chars().count() + place.chars().count();
        if length > width {
            let keep = name.chars().count().saturating_sub(length - width + 1);
            name = name.chars().take(keep).chain(['…']).collect();
        }
        name + &place
    }

    fn role(&self) -> Role {
        match &self.place {
            Place::Function { function, .. } => role(function),
            Place::Offset(_) => Role::Code,
        }
    }

    /// The function, and where it is.
    fn parts(&self) -> (String, String) {
        let module = self.module.rsplit('/').next().unwrap_or_default();
        let module = printable(module);
        match &self.place {
            Place::Function {
                function,
                file,
                line,
            } => {
                let name = if function.is_empty() {
                    "?".into()
                } else {
                    printable(function)
                };
                let place = match (file.is_empty(), *line, module.is_empty()) {
                    (false, 0, _) => format!(" ({})", short_file(file)),
                    (false, line, _) => format!(" ({}:{line})", short_file(file)),
                    (true, _, false) => format!(" ({module})"),
                    (true, _, true) => String::new(),
                };
                (name, place)
            }
            Place::Offset(address) if module.is_empty() => (format!("{address:#x}"), String::new()),
            Place::Offset(offset) => (module, format!("+{offset:#x}")),
        }
    }
}

impl Display for Call {
    /// `net_rx (net.c:42)`; without a line `net_rx (libnet.so)`; without a name `libnet.so+0x1234`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (name, place) = self.parts();
        write!(f, "{name}{place}")
    }
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        Self::Function {
            function: location.function,
            file: location.file,
            line: location.line,
        }
    }
}

/// Which of the calls of a stack, the innermost first, wanted the memory. `None`: there are none.
#[must_use]
pub fn site_among(calls: &[Call]) -> Option<usize> {
    until_site(calls).1
}

/// The calls up to the one that wanted the memory, and which that is. No more calls are asked for,
/// unless it has no name.
fn until_site<C: Borrow<Call>>(calls: impl IntoIterator<Item = C>) -> (Vec<C>, Option<usize>) {
    let mut seen = Vec::new();
    // Where none is the program's own: the innermost of a library, else the innermost.
    let mut library = None;
    // What an allocator calls is a part of it: of a stripped library only the outer function has a name.
    let mut unnamed = None;
    for call in calls {
        let role = call.borrow().role();
        if unnamed.is_some() && role == Role::Allocator {
            unnamed = None;
        }
        // What starts the program wants nothing.
        if role == Role::Start && !seen.is_empty() {
            break;
        }
        let index = seen.len();
        let is_unnamed = matches!(call.borrow().place, Place::Offset(_));
        if unnamed.is_some() && !is_unnamed {
            break;
        }
        seen.push(call);
        if is_unnamed {
            unnamed.get_or_insert(index);
        } else if role == Role::Code {
            return (seen, Some(index));
        }
        if role == Role::Library {
            library.get_or_insert(index);
        }
    }
    let site = unnamed.or(library);
    let site = site.or((!seen.is_empty()).then_some(0));
    (seen, site)
}

/// The last part of a path, with the directory where it alone tells nothing.
fn short_file(file: &str) -> String {
    let mut parts = file.rsplit(['/', '\\']);
    let name = parts.next().unwrap_or_default();
    match (name, parts.next()) {
        ("mod.rs" | "lib.rs" | "main.rs" | "main.c" | "main.cpp", Some(directory))
            if !directory.is_empty() =>
        {
            printable(&format!("{directory}/{name}"))
        }
        _ => printable(name),
    }
}

#[cfg(test)]
mod tests;
