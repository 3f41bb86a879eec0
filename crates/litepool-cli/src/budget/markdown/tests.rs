use super::*;

#[test]
fn a_strangers_text_is_code_whatever_is_in_it() {
    assert_eq!(code("receive (net.c)", 80), "`receive (net.c)`");
    assert_eq!(code("<script>&amp;@you", 80), "`<script>&amp;@you`");
    assert_eq!(code("a|b", 80), "`a\\|b`");
    assert_eq!(code("a\\|b", 80), "`a\\ \\|b`");
    assert_eq!(code("a`b``c", 80), "```a`b``c```");
    assert_eq!(code("`", 80), "`` ` ``");
    assert_eq!(code("one\ntwo\u{1b}[31m", 80), "`one two [31m`");
    assert_eq!(code("", 80), "-");
    assert_eq!(code(" \n", 80), "-");
    assert_eq!(code("abcdef", 4), "`abc…`");
}
