use super::*;

/// What is chosen after these keys, and whether the screen goes on.
fn after(keys: &[Key]) -> (Choice, bool) {
    let mut choice = Choice::new(Sort::Bytes);
    let goes_on = keys.iter().all(|key| choice.press(key));
    (choice, goes_on)
}

#[test]
fn letters_sort_large_ones_too() {
    for (letters, sort) in [
        (['n', 'N'], Sort::Blocks),
        (['g', 'G'], Sort::Growth),
        (['r', 'R'], Sort::Rate),
        (['a', 'A'], Sort::Age),
    ] {
        for letter in letters {
            assert_eq!(after(&[Key::Char(letter)]).0, Choice::new(sort));
            let back = [Key::Char(letter), Key::Char('b')];
            assert_eq!(after(&back).0, Choice::new(Sort::Bytes));
        }
    }
}

#[test]
fn sites_scroll_and_not_above_the_first() {
    let [up, down] = [Key::ArrowUp, Key::ArrowDown];
    let (choice, _) = after(&[up.clone(), down.clone(), Key::Char('j'), down, up]);
    assert_eq!(choice.scroll, 2);
    assert_eq!(after(&[Key::Char('j'), Key::Char('k')]).0.scroll, 0);
}

#[test]
fn help_and_pause_come_and_go() {
    let pressed = |letters: &str| {
        let keys: Vec<Key> = letters.chars().map(Key::Char).collect();
        let choice = after(&keys).0;
        (choice.help, choice.paused)
    };
    assert_eq!(pressed("h"), (true, false));
    assert_eq!(pressed("h?"), (false, false));
    assert_eq!(pressed("hp"), (true, true));
    assert_eq!(pressed("p "), (false, false));
}

#[test]
fn three_keys_leave_and_no_other_does() {
    for key in [Key::Char('q'), Key::Char('Q'), Key::Escape, Key::CtrlC] {
        assert!(!after(&[key]).1);
    }
    let nothing = [Key::Char('x'), Key::Char('\0'), Key::Enter, Key::PageDown];
    assert_eq!(after(&nothing), (Choice::new(Sort::Bytes), true));
}

/// The screen's last line and its help are true.
#[test]
fn what_the_help_tells_does_something() {
    let keys = super::super::screen::HELP
        .lines()
        .take_while(|line| !line.is_empty());
    for line in keys {
        let key = match line.chars().next().unwrap() {
            '↑' => continue,
            letter => Key::Char(letter),
        };
        let mut choice = Choice::new(Sort::Bytes);
        // From another choice than that of `b`.
        choice.press(&Key::Char('n'));
        let before = choice;
        let goes_on = choice.press(&key);
        assert!(
            !goes_on || choice != before || line.starts_with('n'),
            "{line}"
        );
    }
}
