//! Lines of callers.

use super::*;

fn call(function: &str) -> Call {
    Call {
        module: "demo".into(),
        place: Place::Function {
            function: function.into(),
            file: "net.c".into(),
            line: 42,
        },
    }
}

#[test]
fn callers_stand_on_one_line_and_those_that_do_not_fit_are_left_out() {
    let calls = [call("poll"), call("loop"), call("main")];
    assert_eq!(callers(&[], 80), "");
    assert_eq!(
        callers(&calls, 80),
        "poll (net.c:42) < loop (net.c:42) < main (net.c:42)"
    );
    for width in 19..80 {
        let line = callers(&calls, width);
        assert!(line.starts_with("poll (net.c:42)"), "{line}");
        assert!(line.chars().count() <= width, "{line}");
    }
    assert_eq!(callers(&calls, 20), "poll (net.c:42) < …");
}
