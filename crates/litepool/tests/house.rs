//! The house: code uses what is below it, never what is above, and nothing in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rooms of the crate, each above all that it may use.
const FLOORS: [&str; 18] = [
    "memory",
    "corruption",
    "event",
    "lock",
    "layout",
    "block",
    "error",
    "range",
    "fit",
    "slab",
    "track",
    "config",
    "inspect",
    "heap",
    "regions",
    "objects",
    "pool",
    "lib",
];

/// Lines of a module, without its tests.
const MOST_LINES: usize = 400;

/// A module by its path (`pool::guard`), and its text without tests.
type Modules = BTreeMap<String, String>;

#[test]
fn imports_lead_down() {
    let modules = modules();
    let floor = |module: &str| {
        let room = module.split("::").next().unwrap();
        let floor = FLOORS.iter().position(|&floor| floor == room);
        floor.unwrap_or_else(|| panic!("on which floor is `{room}`?"))
    };
    for (module, used) in imports(&modules) {
        for other in used {
            assert!(
                floor(&other) <= floor(&module),
                "`{module}` uses `{other}`, which is above"
            );
        }
    }
}

/// A room's first file declares what its others share, so these two may use each other. All others
/// are removed, one after the other, once they use none that is left.
#[test]
fn no_modules_use_each_other_in_a_circle() {
    let modules = modules();
    let mut left: BTreeMap<String, BTreeSet<String>> = imports(&modules)
        .into_iter()
        .map(|(module, used)| {
            let is_family = |other: &String| is_inside(other, &module) || is_inside(&module, other);
            let others = used.into_iter().filter(|other| !is_family(other)).collect();
            (module, others)
        })
        .collect();
    while !left.is_empty() {
        let is_free = |used: &BTreeSet<String>| !used.iter().any(|other| left.contains_key(other));
        let free: Vec<_> = left.iter().filter(|(_, used)| is_free(used)).collect();
        let free: Vec<_> = free.into_iter().map(|(module, _)| module.clone()).collect();
        assert!(
            !free.is_empty(),
            "a circle, and what leads to it: {left:#?}"
        );
        left.retain(|module, _| !free.contains(module));
    }
}

#[test]
fn modules_are_short() {
    for (module, text) in modules() {
        let lines = text.lines().count();
        assert!(lines < MOST_LINES, "`{module}` has {lines} lines");
    }
}

/// What each module uses of others: by `use`, or by a path in its code.
fn imports(modules: &Modules) -> BTreeMap<String, BTreeSet<String>> {
    let used_by = |(module, text): (&String, &String)| {
        let used = paths(&without_comments(text)).into_iter();
        let used = used.filter_map(|path| resolve(modules, module, &path));
        (
            module.clone(),
            used.filter(|other| other != module).collect(),
        )
    };
    modules.iter().map(used_by).collect()
}

/// Every path in `code` that begins with `crate::` or `super::`, one for each leaf of a group.
fn paths(code: &str) -> Vec<String> {
    let starts = ["crate::", "super::"]
        .into_iter()
        .flat_map(|root| code.match_indices(root));
    let starts = starts.filter(|(at, _)| !code[..*at].ends_with("super::"));
    starts.flat_map(|(at, _)| leaves(&code[at..])).collect()
}

/// The leaves of the path, or of the group of paths, at the beginning of `text`.
fn leaves(text: &str) -> Vec<String> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let (path, rest) = text.split_at(text.find(|c| !is_path(c)).unwrap_or(text.len()));
    let Some(mut rest) = rest.strip_prefix('{') else {
        return vec![path.to_owned()];
    };
    let mut all = Vec::new();
    let (mut depth, mut begin) = (0, true);
    while depth >= 0 {
        if begin && depth == 0 && !rest.starts_with('}') {
            let inner = leaves(rest.trim_start());
            all.extend(inner.into_iter().map(|leaf| format!("{path}{leaf}")));
        }
        let next = rest.chars().next().unwrap();
        depth += i32::from(next == '{') - i32::from(next == '}');
        begin = next == ',';
        rest = &rest[next.len_utf8()..];
    }
    all
}

/// The module that a path in `module` leads into, or to an item of.
fn resolve(modules: &Modules, module: &str, path: &str) -> Option<String> {
    let mut at: Vec<&str> = module.split("::").filter(|&name| name != "lib").collect();
    let mut names = path.split("::").peekable();
    while let Some(&name) = names.peek() {
        match name {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            _ => break,
        }
        names.next();
    }
    for name in names {
        let inner = at
            .iter()
            .copied()
            .chain([name])
            .collect::<Vec<_>>()
            .join("::");
        let is_module = modules.contains_key(&inner);
        if let Some(child) = reexported(modules, &at.join("::"), name).filter(|_| !is_module) {
            return Some(child);
        }
        if !is_module {
            break;
        }
        at.push(name);
    }
    Some(if at.is_empty() {
        "lib".to_owned()
    } else {
        at.join("::")
    })
}

/// The child of `module` that has the item `name`, if the module passes it on.
fn reexported(modules: &Modules, module: &str, name: &str) -> Option<String> {
    let text = without_comments(modules.get(module)?);
    let uses = text
        .match_indices("use ")
        .flat_map(|(at, word)| leaves(&text[at + word.len()..]));
    uses.into_iter().find_map(|path| {
        let (child, item) = path.split_once("::")?;
        let child = format!("{module}::{child}");
        (item == name && modules.contains_key(&child)).then_some(child)
    })
}

fn is_inside(module: &str, outer: &str) -> bool {
    module
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with("::"))
}

fn without_comments(text: &str) -> String {
    let code = text.lines().map(|line| line.split("//").next().unwrap());
    code.map(|line| format!("{line}\n")).collect()
}

/// Every module of the crate, by what stands in its directory.
fn modules() -> Modules {
    let mut modules = Modules::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    gather(&source, &mut Vec::new(), &mut modules);
    assert!(modules.contains_key("memory") && modules.len() > 40);
    modules
}

fn gather(directory: &Path, names: &mut Vec<String>, modules: &mut Modules) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name == "tests" {
            continue;
        }
        names.push(name);
        if path.is_dir() {
            gather(&path, names, modules);
        } else {
            let module = names.join("::").replace("::mod", "");
            modules.insert(module, without_tests(&fs::read_to_string(&path).unwrap()));
        }
        names.pop();
    }
}

/// The text without what is compiled for tests alone.
fn without_tests(text: &str) -> String {
    let mut lines = text.lines();
    let mut kept = String::new();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            lines
                .by_ref()
                .find(|line| line.ends_with(';') || *line == "}");
        } else {
            kept += line;
            kept += "\n";
        }
    }
    kept
}
