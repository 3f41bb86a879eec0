use super::*;

const CRASH: (Harm, Operation) = (Harm::Crash, Operation::Allocate);

fn row(cases: &[(Place, Case)]) -> Row {
    let mut row = Row::default();
    let (mut harms, mut unseen) = (Tally::new(), Tally::new());
    for (bit, &(place, case)) in cases.iter().enumerate() {
        row.add(
            Flip {
                shape: 1,
                bit,
                place,
            },
            case,
            &mut harms,
            &mut unseen,
        );
    }
    row.harms = incidents(harms);
    row.unseen = incidents(unseen);
    row
}

const UNSEEN: Case = Case {
    harm: None,
    found_by: None,
    found_by_check: false,
};

#[test]
fn harm_counts_whether_it_was_found_or_not() {
    let found = Case {
        harm: Some(CRASH),
        found_by_check: true,
        ..UNSEEN
    };
    let silent = Case {
        harm: Some(CRASH),
        ..UNSEEN
    };
    let row = row(&[(Place::Link, found), (Place::Link, silent)]);
    assert_eq!(row.harmed(Harm::Crash), 2);
    assert_eq!(row.harms.len(), 1, "alike");
    assert_eq!(row.harms[0].first, (1, 0, 0));
    assert_eq!((row.found_by_check, row.structural_unseen), (1, 1));
    assert_eq!((row.harmful_unseen, row.harmless_and_unseen), (1, 0));
    assert_eq!(
        (row.harmed_from(Place::Link), row.harmed_from(Place::Head)),
        (2, 0)
    );
}

#[test]
fn what_means_nothing_need_not_be_found() {
    let row = row(&[(Place::Figure, UNSEEN), (Place::Counter, UNSEEN)]);
    assert_eq!((row.flips, row.structural), (2, 1));
    assert_eq!(row.harmless_and_unseen, 2);
    assert_eq!(row.structural_unseen, 1);
    assert_eq!(row.unseen[0].place, Place::Counter);
}

#[test]
fn configurations_are_chosen_by_parts_of_their_names() {
    let names = |only: &[&str]| {
        let only: Vec<String> = only.iter().map(|&part| part.to_owned()).collect();
        chosen(&only).map(|numbers| numbers.len())
    };
    assert_eq!(names(&[]).unwrap(), CONTENDERS.len());
    assert_eq!(names(&["best 256M g8 links"]).unwrap(), 1);
    assert_eq!(names(&["slab-expanding", "best 256M g8 links"]).unwrap(), 4);
    assert!(names(&["nothing"]).is_err());
}
