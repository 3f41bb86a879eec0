use super::*;

#[test]
fn data_and_properties_are_escaped_as_github_does() {
    assert_eq!(data("100 %: a,b\r\nc"), "100 %25: a,b%0D%0Ac");
    assert_eq!(property("100 %: a,b\r\nc"), "100 %25%3A a%2Cb%0D%0Ac");
    // What looks escaped is not taken for it.
    assert_eq!(data("%0A"), "%250A");
    assert_eq!(property("%3A%25"), "%253A%2525");
}

#[test]
fn a_command_is_one_line_whatever_is_in_it() {
    let command = Annotation {
        file: "src/a,b:c.c".into(),
        line: 42,
        title: "x::error::y".into(),
        message: "one\n::add-mask::two\r".into(),
        growth: 0,
    }
    .command();
    assert_eq!(
        command,
        "::error file=src/a%2Cb%3Ac.c,line=42,title=x%3A%3Aerror%3A%3Ay::one%0A::add-mask::two%0D\n"
    );
}

#[test]
fn a_line_that_is_unknown_is_left_out() {
    let annotation = Annotation {
        file: "a.c".into(),
        line: 0,
        title: "t".into(),
        message: "m".into(),
        growth: 0,
    };
    assert_eq!(annotation.command(), "::error file=a.c,title=t::m\n");
}
