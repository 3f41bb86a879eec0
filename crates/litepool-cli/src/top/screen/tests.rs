use super::*;
use crate::top::view::{AlarmView, SiteView, TaskView};

/// A device with so many of everything.
fn view(many: usize) -> View {
    View {
        device: "weather\nstation".into(),
        time_microseconds: 3_723_000_000,
        events: 1_234_567,
        operations: 1_234_000,
        operations_per_second: Some(123.4),
        live_bytes: 12_345,
        live_blocks: 678,
        peak_bytes: 23_456,
        refused: 1,
        lost_before: 0,
        lost_in_ring: 17,
        lost_on_the_way: 0,
        resets: 0,
        alarms: (0..many)
            .map(|number| AlarmView {
                time_microseconds: 0,
                text: format!("alarm {number}"),
            })
            .collect(),
        alarms_raised: many as u64,
        pools: (0..many).map(pool).collect(),
        tasks: (0..many)
            .map(|number| TaskView {
                name: format!("task {number} with a name that does not end"),
                bytes: 1_000,
                blocks: 10,
                peak: 2_000,
                allocations_per_second: Some(1.5),
                has_ended: number % 2 == 1,
            })
            .collect(),
        sites: (0..many)
            .map(|number| SiteView {
                site: format!("site_{number} (a/rather/long/directory/file.c:{number})"),
                bytes: u64::MAX,
                blocks: 10,
                bytes_per_minute: Some(-1_234.4),
                allocations_per_second: None,
                age_microseconds: Some(59_900_000),
            })
            .collect(),
        log: (0..many as u64)
            .map(|number| (number * 1_000_000, format!("event {number}")))
            .collect(),
        sort: Sort::Bytes,
    }
}

fn pool(number: usize) -> PoolView {
    PoolView {
        name: format!("pool {number}"),
        address: "0x20000000".into(),
        size: 65_536,
        used: 12_345,
        blocks: 678,
        peak: 23_456,
        refused: 1,
        free: 50_000,
        largest_free: 25_000,
        free_ranges: 12,
        fragmentation_percent: Some(50.0),
        map: (0..512).map(|cell| f64::from(cell) / 511.0).collect(),
    }
}

fn full(view: &View, width: usize, height: usize) -> Vec<String> {
    Screen::new(view, "tcp:board:4444", "", Size { width, height }).full()
}

#[test]
fn a_screen_is_as_large_as_the_terminal_whatever_there_is() {
    for many in [0, 1, 3, 40] {
        let view = view(many);
        for (width, height) in [(20, 5), (80, 24), (100, 30), (200, 60), (150, 8)] {
            let rows = full(&view, width, height);
            assert_eq!(rows.len(), height, "{many} on {width} x {height}");
            for row in &rows {
                assert!(row.chars().count() < width, "{width}: {row}");
                assert!(!row.contains(char::is_control), "{row}");
            }
            assert!(rows.last().unwrap().starts_with("q quit"));
        }
    }
}

/// Such a line went on below, and the screen was in disorder: these letters are two columns wide.
#[test]
fn a_chinese_screen_is_no_wider_than_the_terminal() {
    let mut view = view(3);
    view.device = "气象站".into();
    for (pool, task) in view.pools.iter_mut().zip(&mut view.tasks) {
        pool.name = "网络缓冲池".into();
        task.name = "采集任务采集任务采集任务采集任务采集任务".into();
    }
    for site in &mut view.sites {
        site.site = "读取 (源代码/传感器/温度/湿度/读取.c:17)".repeat(3);
    }
    for (width, height) in [(20, 5), (80, 24), (160, 50)] {
        for row in full(&view, width, height) {
            assert!(console::measure_text_width(&row) < width, "{width}: {row}");
        }
    }
}

#[test]
fn on_24_lines_there_is_something_of_everything() {
    let text = full(&view(3), 80, 24).join("\n");
    for word in [
        "weather station on tcp:board:4444: 1,234,567 events in 1:02:03, 123/s",
        "17 events lost in the ring",
        "! alarm 2",
        "pool 0",
        "50 %",
        "task 0",
        "bytes▾",
        "site_0",
        "-1,234",
        "event 2",
    ] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
}

#[test]
fn a_wide_terminal_has_tasks_and_sites_side_by_side() {
    let rows = full(&view(3), 200, 60);
    let row = rows.iter().find(|row| row.contains("site_0")).unwrap();
    assert!(row.contains("task 0"), "{row}");
}

#[test]
fn sites_scroll() {
    let view = view(40);
    let size = Size {
        width: 80,
        height: 24,
    };
    let mut screen = Screen::new(&view, "-", "", size);
    screen.scroll = 7;
    let text = screen.full().join("\n");
    assert!(
        text.contains("site_7 ") && !text.contains("site_6 "),
        "{text}"
    );
}

#[test]
fn a_map_is_darker_where_more_is_used() {
    let rows = full(&view(1), 80, 24);
    let map = rows
        .iter()
        .find(|row| row.trim_start().starts_with('['))
        .unwrap();
    assert!(map.starts_with("  [  ░"), "{map}");
    assert!(map.ends_with("█]"), "{map}");
}

#[test]
fn help_fits_a_terminal() {
    let view = view(0);
    let size = Size {
        width: 80,
        height: 24,
    };
    let help = Screen::new(&view, "-", "", size).help();
    assert!(help.len() < 24);
    assert!(help.iter().all(|row| !row.contains('…')), "{help:?}");
}

#[test]
fn times_are_as_people_read_them() {
    assert_eq!(clock(1_500_000), "1.5 s");
    assert_eq!(clock(187_000_000), "3:07");
    assert_eq!(clock(3_723_000_000), "1:02:03");
}

#[test]
fn a_page_tells_of_some_pools_and_tasks_and_how_many_more_there_are() {
    let view = view(10_000);
    let page = Screen::new(
        &view,
        "tcp:board:4444",
        "",
        Size {
            width: 100,
            height: usize::MAX,
        },
    )
    .page(20);
    assert!(page.contains("  and 9,902 pools more\n"), "{page}");
    assert!(page.contains("  and 9,902 tasks more\n"), "{page}");
    assert!(page.contains("  pool 97 ") && !page.contains("  pool 98 "));
    assert!(page.contains("  task 97 ") && !page.contains("  task 98 "));
}
