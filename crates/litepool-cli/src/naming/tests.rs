use super::*;

#[test]
fn names_that_several_have_are_told_apart() {
    let names = ["app", "", "net", "app", ""].map(str::to_owned);
    assert_eq!(shared(&names), FxHashSet::from_iter(["app".to_owned()]));
}

#[test]
fn in_any_build_a_call_is_its_function_and_file() {
    let call = |place| Call {
        module: "/usr/bin/app".into(),
        place,
    };
    let line = |line| {
        call(Place::Function {
            function: "receive".into(),
            file: "net.c".into(),
            line,
        })
    };
    assert_eq!(in_any_build(&line(42)), in_any_build(&line(43)));
    assert_eq!(in_any_build(&line(42)).to_string(), "receive (net.c)");
    let offset = |offset| in_any_build(&call(Place::Offset(offset)));
    assert_eq!(offset(0x10), offset(0x20));
    assert_eq!(offset(0x10).to_string(), "? (app)");
}
