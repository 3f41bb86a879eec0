//! One line of a serial log, if it belongs to a heap trace dump.

/// What a line of a dump says. The words are those of `heap_trace_dump` in ESP-IDF 3.0 to 6.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Line<'a> {
    /// The dump begins: so many records are in the device's buffer.
    Begins { records: u64 },
    /// An allocation.
    Record(Record<'a>),
    /// The allocation before was freed, by these return addresses, the innermost first.
    FreedBy(Vec<u64>),
    /// How many allocations the device saw since the trace was started.
    Allocations(u64),
    /// How many frees.
    Frees(u64),
    /// Both, in one line: ESP-IDF before 5.1.
    Totals { allocations: u64, frees: u64 },
    /// What `idf.py monitor` found out about a return address of the line before.
    Name(Name<'a>),
    /// It begins like a line of a dump and does not go on like one.
    Damaged,
    /// Anything else.
    Other,
}

/// An allocation as it is printed.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Record<'a> {
    pub(super) size: u64,
    pub(super) address: u64,
    /// `Internal`, `PSRAM`; empty before ESP-IDF 5.1.
    pub(super) memory: &'a str,
    pub(super) cpu: u64,
    /// The processor's cycle counter, which overflows every few seconds.
    pub(super) cycles: u64,
    /// Return addresses, the innermost first.
    pub(super) callers: Vec<u64>,
    pub(super) is_freed: bool,
}

/// A place in the sources.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Name<'a> {
    /// The return address; none where the line is about the function that the line before's was
    /// inlined into.
    pub(super) address: Option<u64>,
    pub(super) function: &'a str,
    pub(super) file: &'a str,
    pub(super) line: u32,
}

impl<'a> Line<'a> {
    /// Takes a line apart, whatever a logger put in front of it.
    pub(super) fn of(line: &'a str) -> Self {
        if let Some((before, after)) = line.split_once(" bytes (@ ") {
            return Record::of(before, after).map_or(Self::Damaged, Self::Record);
        }
        if let Some((_, after)) = line.split_once("====== Heap Trace: ") {
            let records = after.split_once(" records (").and_then(|(n, _)| decimal(n));
            return records.map_or(Self::Damaged, |records| Self::Begins { records });
        }
        if let Some((_, after)) = line.split_once("freed by 0x") {
            let callers = &line[line.len() - after.len() - 2..];
            return addresses(callers).map_or(Self::Damaged, Self::FreedBy);
        }
        if let Some((_, after)) = line.split_once("total allocations: ") {
            return decimal(after).map_or(Self::Damaged, Self::Allocations);
        }
        if let Some((_, after)) = line.split_once("total frees: ") {
            return decimal(after).map_or(Self::Damaged, Self::Frees);
        }
        if let Some((_, after)) = line.split_once("total allocations ") {
            return totals(after).unwrap_or(Self::Damaged);
        }
        if let Some((before, _)) = line.split_once(" allocations trace (") {
            let records = last_word(before).and_then(decimal);
            return records.map_or(Self::Other, |records| Self::Begins { records });
        }
        Name::of(line).map_or(Self::Other, Self::Name)
    }
}

/// `5598 total frees 5447`.
fn totals(text: &str) -> Option<Line<'static>> {
    let (allocations, frees) = text.split_once(" total frees ")?;
    Some(Line::Totals {
        allocations: decimal(allocations)?,
        frees: decimal(frees)?,
    })
}

impl<'a> Record<'a> {
    /// `before`: up to the size. `after`: from the address on, as in
    /// `0x3fca94d8, Internal) allocated CPU 0 ccount 0x042ac374 caller 0x40376183:0x4037da9c`.
    fn of(before: &str, after: &'a str) -> Option<Self> {
        let (place, rest) = after.split_once(") allocated CPU ")?;
        let (address, memory) = place.split_once(',').unwrap_or((place, ""));
        let mut words = rest.split_whitespace();
        let mut record = Self {
            size: decimal(last_word(before)?)?,
            address: hexadecimal(address)?,
            memory: memory.trim(),
            cpu: decimal(words.next()?).filter(|&cpu| cpu < 2)?,
            cycles: words
                .next()
                .filter(|&word| word == "ccount")
                .and(words.next())
                .and_then(hexadecimal)?,
            callers: Vec::new(),
            is_freed: false,
        };
        // What follows may be missing, or be somebody else's.
        match words.next() {
            Some("freed") => record.is_freed = true,
            Some("caller") => {
                let mut words = words.peekable();
                if words.peek().is_some_and(|word| word.starts_with("0x")) {
                    record.callers = addresses(words.next()?)?;
                }
                record.is_freed = words.next() == Some("freed");
            }
            _ => {}
        }
        Some(record)
    }
}

impl<'a> Name<'a> {
    /// `0x400d276d: leak_some_memory at /idf/main/blink.c:27 (discriminator 3)`, or
    /// `(inlined by) blink_task at /idf/main/blink.c:52`, behind what the monitor puts before it.
    fn of(line: &'a str) -> Option<Self> {
        let (place, at) = line.split_once(" at ")?;
        let (address, function) = match place.split_once("(inlined by) ") {
            Some((_, function)) => (None, function),
            None => {
                let (address, function) = place.split_once(": ")?;
                (Some(hexadecimal(last_word(address)?)?), function)
            }
        };
        let at = at.split(" (discriminator").next().unwrap_or(at);
        let (file, line) = at.rsplit_once(':')?;
        Some(Self {
            address,
            function: known(function.trim()),
            file: known(file),
            // `?` if it is not known.
            line: line.trim().parse().unwrap_or(0),
        })
    }
}

/// Nothing of what addr2line prints where it knows nothing.
fn known(name: &str) -> &str {
    if name == "??" { "" } else { name }
}

/// `0x400d276d:0x400d27c1`: perhaps with a colon behind the last one, and with null pointers up to
/// the depth of the device's buffer.
fn addresses(text: &str) -> Option<Vec<u64>> {
    let first = text.split_whitespace().next()?;
    first
        .split(':')
        .filter(|address| !address.is_empty())
        .map(hexadecimal)
        .filter(|address| *address != Some(0))
        .collect()
}

fn last_word(text: &str) -> Option<&str> {
    text.split_whitespace().next_back()
}

fn decimal(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = text.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn hexadecimal(text: &str) -> Option<u64> {
    let digits = text.trim().strip_prefix("0x")?;
    // A sign is no digit.
    let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_number
        .then(|| u64::from_str_radix(digits, 16).ok())
        .flatten()
}

/// The line without what makes terminals change colours: `ESC [ … m` and the like.
pub(super) fn without_colours(line: &str) -> std::borrow::Cow<'_, str> {
    if !line.contains('\u{1b}') {
        return line.into();
    }
    let mut text = String::with_capacity(line.len());
    let mut parts = line.split('\u{1b}');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let rest = part.strip_prefix('[').map(|sequence| {
            let end = sequence.trim_start_matches(|character| matches!(character, ' '..='?'));
            // Behind the letter that ends it.
            end.strip_prefix(|last| matches!(last, '@'..='~'))
                .unwrap_or(end)
        });
        text.push_str(rest.unwrap_or(part));
    }
    text.into()
}

#[cfg(test)]
mod tests;
