//! The campaign as tables.

use std::collections::BTreeSet;

use comfy_table::Table;

use super::exercise::Harm;
use super::place::Place;
use super::{Incident, Row};
use crate::tables::{self, Style};

/// One row for each configuration.
pub fn overview(style: Style, rows: &[Row]) -> Table {
    let headings = [
        "configuration",
        "flips",
        "crash",
        "hang",
        "panic",
        "read or written outside",
        "live data changed",
        "handed out twice",
        "freed though held",
        "found at the next operation",
        "found by check()",
        "structural, not found by check()",
        "harmful, not found by check()",
        "harmless and unseen",
    ];
    let lines = rows.iter().map(|row| {
        [
            row.name.clone(),
            row.flips.to_string(),
            row.harmed(Harm::Crash).to_string(),
            row.harmed(Harm::Hang).to_string(),
            row.harmed(Harm::Panic).to_string(),
            row.harmed(Harm::Outside).to_string(),
            row.harmed(Harm::Changed).to_string(),
            row.harmed(Harm::HandedOutTwice).to_string(),
            row.harmed(Harm::FreedThoughHeld).to_string(),
            row.found_by_operation.to_string(),
            row.found_by_check.to_string(),
            format!("{} of {}", row.structural_unseen, row.structural),
            row.harmful_unseen.to_string(),
            row.harmless_and_unseen.to_string(),
        ]
    });
    tables::plain(style, &headings, lines)
}

/// Where the first of these flips was.
fn first<What>(incident: &Incident<What>) -> String {
    let (pool, byte, bit) = incident.first;
    format!("{pool}, {byte}, {bit}")
}

/// How many flips of which bytes do harm, a column for each configuration in which any does.
pub fn places(style: Style, rows: &[Row]) -> Table {
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.harms.is_empty()).collect();
    let mut headings = vec!["harmful flips in".to_owned()];
    headings.extend(rows.iter().map(|row| row.name.clone()));
    let mut table = style.table(headings);
    let incidents = rows.iter().flat_map(|row| &row.harms);
    let places: BTreeSet<Place> = incidents.map(|incident| incident.place).collect();
    for place in places {
        let mut line = vec![place.text().to_owned()];
        line.extend(rows.iter().map(|row| row.harmed_from(place).to_string()));
        table.add_row(line);
    }
    table
}

/// Every harm, and where it comes from.
pub fn harms(style: Style, rows: &[Row]) -> Table {
    let headings = [
        "configuration",
        "harm",
        "during",
        "flipped",
        "flips",
        "first: pool, byte, bit",
    ];
    let lines = rows.iter().flat_map(|row| {
        row.harms.iter().map(|incident| {
            let (harm, operation) = incident.what;
            [
                row.name.clone(),
                harm.text().to_owned(),
                format!("{operation:?}"),
                incident.place.text().to_owned(),
                incident.flips.to_string(),
                first(incident),
            ]
        })
    });
    tables::plain(style, &headings, lines)
}

/// Structural flips that the whole check does not see.
pub fn unseen(style: Style, rows: &[Row]) -> Table {
    let headings = [
        "not found by check()",
        "flipped",
        "flips",
        "first: pool, byte, bit",
    ];
    let lines = rows.iter().flat_map(|row| {
        row.unseen.iter().map(|incident| {
            [
                row.name.clone(),
                incident.place.text().to_owned(),
                incident.flips.to_string(),
                first(incident),
            ]
        })
    });
    tables::plain(style, &headings, lines)
}
