//! A picture of how each configuration's pool fragments, as SVG: one panel for each, over the same operations.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::prelude::*;

use super::{Line, Report};

const WIDTH: u32 = 800;
const PANEL_HEIGHT: u32 = 150;
const BOTTOM: u32 = 20;

/// Draws the report's series into the file `path`.
///
/// # Errors
/// The file can't be written.
pub(super) fn write(report: &Report, path: &Path) -> Result<()> {
    let panels = report.configurations.len();
    let size = (WIDTH, PANEL_HEIGHT * panels as u32 + BOTTOM);
    draw(report, SVGBackend::new(path, size))
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| format!("cannot write the picture {}", path.display()))
}

/// The drawing library's own errors, whatever the backend.
type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

fn draw<B: DrawingBackend>(report: &Report, backend: B) -> Drawn<B> {
    let area = backend.into_drawing_area();
    area.fill(&WHITE)?;
    let panels = area.split_evenly((report.configurations.len(), 1));
    let operations = report.trace.operations.max(1);
    for (number, (line, panel)) in report.configurations.iter().zip(&panels).enumerate() {
        let colour = Palette99::pick(number).to_rgba();
        draw_panel(line, report.pool, operations, colour, panel)?;
    }
    area.present()
}

/// The filled curve is fragmentation, the thin one the share of the pool in used blocks.
fn draw_panel<B: DrawingBackend>(
    line: &Line,
    pool: usize,
    operations: u64,
    colour: RGBAColor,
    panel: &DrawingArea<B, plotters::coord::Shift>,
) -> Drawn<B> {
    let title = format!(
        "{}: {}. Filled: fragmentation, {:.0} % on average, {:.0} % at most. Line: used",
        line.name,
        line.result,
        line.mean_fragmentation * 100.0,
        line.max_fragmentation * 100.0
    );
    let mut chart = ChartBuilder::on(panel)
        .caption(title, ("sans-serif", 14))
        .margin(6)
        .x_label_area_size(22)
        .y_label_area_size(44)
        .build_cartesian_2d(0..operations, 0.0..100.0)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .y_labels(3)
        .y_label_formatter(&|share| format!("{share:.0} %"))
        .draw()?;
    let fragmentation = line
        .samples
        .iter()
        .map(|sample| (sample.operation as u64, sample.fragmentation * 100.0));
    chart
        .draw_series(AreaSeries::new(fragmentation, 0.0, colour.mix(0.35)).border_style(colour))?;
    let used = line.samples.iter().map(|sample| {
        let share = sample.used as f64 / pool.max(1) as f64;
        (sample.operation as u64, share * 100.0)
    });
    chart.draw_series(LineSeries::new(used, BLACK.mix(0.5)))?;
    Ok(())
}
