use crate::samples::{text, trace};
use crate::{Format, Options};

#[test]
fn a_trace_is_what_heaptracks_interpreter_writes() {
    let text = text(&trace(), Format::Heaptrack, Options::default());
    let expected = "\
v 10100 1
X station --fast \n\
s station.elf
s main
s main.c
i 100 1 2 3 c
t 1 0
s pbuf_alloc
s pbuf.c
s net;rx <script>
s net.c
i 200 1 4 5 7 6 7 2a
t 2 1
a 64 2
+ 0
c 2
i 3ac 1
t 3 1
a 28 3
+ 1
- 0
a a0 3
+ 2
c 3
+ 1
c 4
- 2
a 8 0
+ 3
c 6
- 1
";
    assert_eq!(text, expected);
}

#[test]
fn a_task_is_the_outermost_function_where_that_is_asked_for() {
    let text = text(&trace(), Format::Heaptrack, Options { task_root: true });
    // The same stack of two tasks is two stacks.
    assert!(text.contains("s main\ni 1 0 1\nt 1 0\n"), "{text}");
    assert!(text.contains("\ns net  \"rx\n"), "{text}");
    assert_eq!(text.matches("\nt ").count(), 7, "{text}");
}
