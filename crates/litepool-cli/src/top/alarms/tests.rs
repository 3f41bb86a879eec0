use super::*;

/// It was raised anew at each look, with the bell, as soon as more were on than are told.
#[test]
fn an_alarm_is_raised_once_however_many_are_on() {
    let mut alarms = Alarms::default();
    let pools = 0..MOST as u32 + 10;
    for time in 0..3 {
        for pool in pools.clone() {
            let is_new = alarms.raise(About::Full(pool), time, format!("{pool} at {time}"));
            assert_eq!(is_new, time == 0);
        }
    }
    assert_eq!(
        (alarms.on().len(), alarms.raised()),
        (MOST, MOST as u64 + 10)
    );
    assert_eq!(alarms.on()[0].text, "10 at 2");
    // One that is over can come again.
    alarms.clear(&About::Full(10));
    assert_eq!(alarms.on()[0].text, "11 at 2");
    assert!(alarms.raise(About::Full(10), 3, String::new()));
}
