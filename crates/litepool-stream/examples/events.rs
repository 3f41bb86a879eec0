//! What a device's channel carries, as text, a line for each event:
//!
//!     cargo run -p litepool-stream --example events < stream.bin
//!
//! Names of functions, and what it comes to: `litepool record --from`.

use std::io::{self, Read, Write};

use litepool_stream::{Message, Name, Record, Splitter};

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let (mut splitter, mut buffer) = (Splitter::new(), [0; 4096]);
    loop {
        let length = input.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        let mut bytes = &buffer[..length];
        while let Some(message) = splitter.next(&mut bytes) {
            match message {
                Ok(message) => print(&mut output, message)?,
                Err(error) => writeln!(output, "{error}")?,
            }
        }
    }
}

fn print(output: &mut impl Write, message: Message<'_>) -> io::Result<()> {
    match message {
        Message::About(about) => writeln!(
            output,
            "about \"{}\": {} bits, boot {}, {} ticks/s, {} return addresses, ring of {} bytes, {} events so far, \
             unlisted {} pools and {} tasks, build id {}",
            about.title.escape_ascii(),
            8 * u32::from(about.word),
            about.boot,
            about.ticks_per_second,
            about.depth,
            about.ring,
            about.number,
            about.unlisted_pools,
            about.unlisted_tasks,
            about
                .build_id
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>(),
        ),
        Message::Names(names) => names.into_iter().try_for_each(|name| match name {
            Ok(Name::Pool {
                address,
                size,
                name,
            }) => {
                writeln!(
                    output,
                    "pool {address:#x}, {size} bytes: \"{}\"",
                    name.escape_ascii()
                )
            }
            Ok(Name::Task { task, name }) => {
                writeln!(output, "{task}: \"{}\"", name.escape_ascii())
            }
            Err(error) => writeln!(output, "{error}"),
        }),
        Message::Events(mut events) => events.try_for_each(|record| match record {
            Ok(record) => event(output, &record),
            Err(error) => writeln!(output, "{error}"),
        }),
    }
}

fn event(output: &mut impl Write, record: &Record<'_>) -> io::Result<()> {
    let Record {
        number,
        time,
        task,
        pool,
        stack,
        event,
    } = record;
    write!(
        output,
        "{number} at {time}, {task}, pool {pool:#x}: {event:?}"
    )?;
    for address in stack.clone() {
        write!(output, " {address:#x}")?;
    }
    writeln!(output)
}
