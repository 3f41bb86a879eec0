//! `litepool info`: what a program asked of its heap.

mod sites;
mod text;

use anyhow::Result;
use litepool_snapshot::Resolver;
use litepool_trace::{Bucket, Profile, Profiler};
use serde::Serialize;

use crate::YES;
use crate::args::Info;
use crate::input::{self, Reading};
use crate::output::{TraceFacts, print, print_json};

use crate::sites::warn;

use sites::{SiteFacts, SiteProfiler, Sites};

/// The report. Sizes in bytes, of requests; operations are numbered from 1.
#[derive(Serialize, Debug)]
struct Report {
    trace: TraceFacts,
    allocations: u64,
    aligned_allocations: u64,
    largest_alignment: u64,
    zero_sized_allocations: u64,
    resizes: u64,
    resizes_grown: u64,
    frees: u64,
    /// What is no operation.
    refused_requests: u64,
    foreign_frees: u64,
    gaps: u64,
    lost_events: u64,
    threads: u64,
    duration_microseconds: u64,
    live_peak_operation: u64,
    live_peak_objects: u64,
    total_bytes: u64,
    largest_object: u64,
    leaked_bytes: u64,
    leaked_objects: u64,
    sizes: Vec<Range>,
    lifetimes: Vec<Range>,
    /// Those that allocate, resize or free.
    call_sites: u64,
    allocating_call_sites: u64,
    top_call_sites: Vec<SiteFacts>,
}

/// A range of numbers and how often it occurred.
#[derive(Serialize, Debug)]
struct Range {
    low: u64,
    high: u64,
    count: u64,
    sum: u64,
}

impl From<Bucket> for Range {
    fn from(bucket: Bucket) -> Self {
        Self {
            low: bucket.low,
            high: bucket.high,
            count: bucket.count,
            sum: bucket.sum,
        }
    }
}

/// Prints the report.
///
/// # Errors
/// The trace can't be read, or standard output not written.
pub(crate) fn run(args: &Info) -> Result<u8> {
    let (mut profiler, mut sites) = (Profiler::new(), SiteProfiler::default());
    let how = Reading {
        format: args.input.format,
        ..Reading::default()
    };
    let source = input::read(&args.input.file, how, |event| {
        profiler.event(event);
        sites.event(event);
        Ok(())
    })?;
    let profile = profiler.finish();
    let facts = TraceFacts::new(&source.name, &source.header, &profile);
    let mut resolver = Resolver::new();
    let most = [args.sites, args.stacks];
    let sites = sites.finish(&source.interned, &mut resolver, most);
    warn(&resolver);
    let report = Report::new(facts, &profile, sites);
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text())?;
    }
    Ok(YES)
}

impl Report {
    fn new(trace: TraceFacts, profile: &Profile, sites: Sites) -> Self {
        Self {
            trace,
            allocations: profile.allocations,
            aligned_allocations: profile.aligned,
            largest_alignment: profile.largest_alignment,
            zero_sized_allocations: profile.zero_sized,
            resizes: profile.resizes,
            resizes_grown: profile.grown,
            frees: profile.frees,
            refused_requests: profile.refused,
            foreign_frees: profile.foreign_frees,
            gaps: profile.gaps,
            lost_events: profile.lost,
            threads: profile.threads,
            duration_microseconds: profile.duration,
            live_peak_operation: if profile.operations == 0 {
                0
            } else {
                profile.peak_at + 1
            },
            live_peak_objects: profile.peak_objects,
            total_bytes: profile.total_bytes,
            largest_object: profile.largest,
            leaked_bytes: profile.leaked_bytes,
            leaked_objects: profile.leaked_objects,
            sizes: profile.sizes.buckets().map(Range::from).collect(),
            lifetimes: profile.lifetimes.buckets().map(Range::from).collect(),
            call_sites: sites.all,
            allocating_call_sites: sites.allocating,
            top_call_sites: sites.top,
        }
    }
}
