//! What is said of a stream that came from a device: what is missing in it, where it was lost, and what to
//! do about it.

use litepool_trace::Reception;

use crate::units::{count, counted};

/// What is missing or was made up, a sentence for each kind, without a full stop.
pub(crate) fn noted(reception: &Reception) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |number: u64, text: &dyn Fn() -> String| {
        if number > 0 {
            lines.push(text());
        }
    };
    say(reception.before, &|| {
        let events = counted(reception.before, "event");
        format!("{events} had happened before the recording: what they allocated is not known")
    });
    say(reception.lost_in_ring, &|| {
        let events = counted(reception.lost_in_ring, "event");
        let ring = match reception.ring {
            0 => "the device's ring".to_owned(),
            bytes => format!("the device's ring of {} bytes", count(bytes)),
        };
        format!(
            "{events} lost in {ring}: make it larger, empty it more often, or take fewer return \
             addresses of each event (now up to {})",
            count(reception.depth)
        )
    });
    say(reception.lost_on_the_way, &|| on_the_way(reception));
    say(reception.resets, &|| {
        format!(
            "{}: {} that were live are freed in the trace",
            match reception.resets {
                1 => "the device was reset once".to_owned(),
                resets => format!("the device was reset {} times", count(resets)),
            },
            counted(reception.swept, "object")
        )
    });
    say(reception.refused_frees, &|| {
        let frees = counted(reception.refused_frees, "free");
        format!("{frees} refused by the device's heap: double frees, or pointers to no block")
    });
    say(reception.rejected, &|| {
        let what = match reception.rejected {
            1 => "1 event or name".to_owned(),
            number => format!("{} events or names", count(number)),
        };
        format!("{what} left out: no program can have done that")
    });
    let unlisted = reception.unlisted_pools.max(reception.unlisted_tasks);
    say(unlisted, &|| {
        "the device had no room for the names of all its pools and tasks: give its recorder more"
            .into()
    });
    say(reception.unknown, &|| {
        let frames = counted(reception.unknown, "frame");
        format!("{frames} of unknown types passed over: a later litepool may know them")
    });
    lines.extend(reception.version.map(|version| {
        format!(
            "some frames are of version {version} of the stream's format: a litepool that knows it \
             reads them"
        )
    }));
    lines
}

fn on_the_way(reception: &Reception) -> String {
    let events = counted(reception.lost_on_the_way, "event");
    let cause = match (reception.damaged, reception.foreign) {
        (0, 0) => "whole frames did not arrive: the channel drops what nobody reads in time".into(),
        (damaged, foreign) => format!(
            "{} and {} between frames: a slower line, flow control, or no other output on it",
            counted(damaged, "damaged frame"),
            counted(foreign, "piece"),
        ),
    };
    format!("{events} lost on the way: {cause}")
}

/// Why there is no operation in what came, and what to do.
pub(crate) fn nothing(reception: &Reception) -> String {
    let bytes = count(reception.bytes);
    if let Some(version) = reception.version {
        format!(
            "the device speaks version {version} of the format; a litepool that knows it reads it"
        )
    } else if reception.received > 0 {
        format!(
            "{} came, and none that allocates, resizes or frees: the heap refused all requests, or what is \
             freed was allocated before",
            counted(reception.received, "event")
        )
    } else if reception.frames > 0 {
        "the device is there, and no operation of its heap came: is its recorder the heap's listener?".into()
    } else if reception.bytes == 0 {
        "nothing came: does the device send, and on this channel?".into()
    } else if reception.damaged > 0 {
        format!(
            "no whole frame in {bytes} bytes, but damaged ones: is the line too fast, or another \
             program reading it, too?"
        )
    } else {
        format!(
            "no frame in {bytes} bytes: is it the right channel, and of a serial line the right \
             --baud?"
        )
    }
}
