use super::*;

fn channel(text: &str) -> Channel {
    text.parse().unwrap()
}

#[test]
fn channels_are_told_apart_by_what_stands_before_them() {
    assert_eq!(channel("-"), Channel::Stdin);
    assert_eq!(
        channel("tcp:10.0.0.7:4444"),
        Channel::Connect("10.0.0.7:4444".into())
    );
    assert_eq!(
        channel("tcp:[::1]:4444"),
        Channel::Connect("[::1]:4444".into())
    );
    assert_eq!(
        channel("tcp://board:4444"),
        Channel::Connect("board:4444".into())
    );
    assert_eq!(
        channel("/dev/ttyACM0"),
        Channel::Path("/dev/ttyACM0".into())
    );
}

#[test]
fn a_port_alone_is_one_of_this_machine() {
    assert_eq!(
        channel("listen:4444"),
        Channel::Listen("127.0.0.1:4444".into())
    );
    assert_eq!(
        channel("listen:0.0.0.0:4444"),
        Channel::Listen("0.0.0.0:4444".into())
    );
}

#[test]
fn an_address_without_a_port_is_refused_with_what_one_looks_like() {
    for text in [
        "tcp:board",
        "tcp::4444",
        "tcp:board:",
        "tcp:board:99999",
        "listen:",
        "listen:x",
    ] {
        let error = text.parse::<Channel>().unwrap_err();
        assert!(error.contains("tcp:localhost:4444"), "{error}");
    }
}
