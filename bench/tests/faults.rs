//! The campaign of flips, with its real workers.

use std::process::{Command, Stdio};

use serde_json::Value;

fn bench(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_litepool-bench"))
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .expect("the bench runs");
    let text = String::from_utf8(output.stdout).expect("text");
    (output.status.success(), text)
}

#[test]
fn a_quick_campaign_accounts_for_every_flip() {
    let (ran, text) = bench(&[
        "faults",
        "--quick",
        "--only",
        "little 256K g4,tlsf 256M g8 links",
        "--json",
        "-",
    ]);
    assert!(ran);
    let rows: Vec<Value> = serde_json::from_str(&text).expect("figures");
    assert_eq!(
        rows.len(),
        4,
        "little, hardened and with records; two that believe"
    );
    for row in rows {
        let figure = |name: &str| row[name].as_u64().expect("a number");
        let harms = row["harms"].as_array().expect("harms");
        let harmful: u64 = harms
            .iter()
            .map(|incident| incident["flips"].as_u64().expect("a number"))
            .sum();
        assert!(figure("flips") > 400, "{row}");
        assert!(figure("structural") - figure("structural_unseen") <= figure("found_by_check"));
        let name = row["name"].as_str().expect("a name");
        if name.contains("hardened") {
            assert_eq!(harmful, 0, "{row}");
        } else if name.contains("tlsf") {
            assert!(harmful > 0, "what requests take is believed: {row}");
        }
        assert!(figure("harmless_and_unseen") + harmful <= figure("flips"));
        assert!(
            figure("harmful_unseen") == 0,
            "the check sees all of it: {row}"
        );
    }
}

#[test]
fn a_configuration_that_is_none_is_refused() {
    let (ran, _) = bench(&["faults", "--quick", "--only", "nothing"]);
    assert!(!ran);
}
