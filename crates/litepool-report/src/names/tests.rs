use std::sync::Arc;

use super::*;

/// Names everything by its number.
struct Numbered {
    /// Calls of a stack.
    depth: u32,
    asked: u32,
}

impl Naming for Numbered {
    fn stack(&mut self, number: u32) -> NamedStack {
        self.asked += 1;
        let call = |depth: u32| NamedCall {
            module: "app".into(),
            place: Place::Function {
                function: format!("f{}", if depth == 0 { number } else { depth }).into(),
                file: "".into(),
                line: 0,
            },
        };
        NamedStack {
            calls: (0..self.depth).map(call).collect(),
            site: (self.depth > 0).then_some(0),
        }
    }

    fn task(&mut self, task: Task) -> String {
        format!("{task:?}")
    }
}

#[test]
fn stacks_share_their_callers() {
    let mut naming = Numbered { depth: 3, asked: 0 };
    let mut names = Names::new(&mut naming);
    let (first, second) = (names.stack(10), names.stack(20));
    assert_ne!(first, second);
    assert_eq!(names.stack(10), first);
    assert_eq!(names.stack(0), 0);
    let mut source = Source::default();
    let site = names.site_of(first);
    names.finish(&mut source);
    // The empty one, two callers, two calls.
    assert_eq!(source.stacks.len(), 5);
    assert_eq!(
        source.stacks[first as usize].parent,
        source.stacks[second as usize].parent
    );
    assert_eq!(site, Some(source.stacks[first as usize].site));
    assert_eq!(source.calls[site.unwrap() as usize].function, "f10");
    assert_eq!(naming.asked, 2);
}

#[test]
fn every_parent_stands_before_its_callee() {
    let mut naming = Numbered { depth: 8, asked: 0 };
    let mut names = Names::new(&mut naming);
    for number in 1..50 {
        names.stack(number);
    }
    let mut source = Source::default();
    names.finish(&mut source);
    for (index, stack) in source.stacks.iter().enumerate().skip(1) {
        assert!((stack.parent as usize) < index);
        assert!((stack.call as usize) < source.calls.len());
        assert!((stack.site as usize) < source.calls.len());
    }
}

#[test]
fn what_there_is_too_much_of_is_left_out_and_told() {
    let mut naming = Numbered { depth: 2, asked: 0 };
    let mut names = Names::new(&mut naming);
    for number in 1..=100_000 {
        names.stack(number);
        names.task(Task::Number(number));
    }
    let mut source = Source::default();
    names.finish(&mut source);
    assert!(source.stacks.len() <= 2 * MOST_STACKS);
    assert_eq!(source.tasks.len(), MOST_TASKS);
    assert_eq!(source.notes.len(), 3, "{:?}", source.notes);
}

#[test]
fn a_stack_without_calls_is_the_empty_one() {
    let mut naming = Numbered { depth: 0, asked: 0 };
    let mut names = Names::new(&mut naming);
    assert_eq!(names.stack(7), 0);
    assert_eq!(names.site_of(0), None);
}

#[test]
fn a_name_is_cut_where_nobody_reads_on() {
    let long: Arc<str> = "<".repeat(10 * LONGEST).into();
    let call = NamedCall {
        module: long,
        place: Place::Offset(u64::MAX),
    };
    let facts = facts(&call);
    assert_eq!(facts.module.chars().count(), LONGEST + 1);
    assert_eq!(facts.offset, Some(u64::MAX));
}
