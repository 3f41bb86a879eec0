//! The numbers of the fields in `profile.proto`, by their messages.

pub(super) mod profile {
    pub(in crate::pprof) const SAMPLE_TYPE: u32 = 1;
    pub(in crate::pprof) const SAMPLE: u32 = 2;
    pub(in crate::pprof) const MAPPING: u32 = 3;
    pub(in crate::pprof) const LOCATION: u32 = 4;
    pub(in crate::pprof) const FUNCTION: u32 = 5;
    pub(in crate::pprof) const STRING: u32 = 6;
    pub(in crate::pprof) const DURATION_NANOS: u32 = 10;
    pub(in crate::pprof) const PERIOD_TYPE: u32 = 11;
    pub(in crate::pprof) const PERIOD: u32 = 12;
    pub(in crate::pprof) const COMMENT: u32 = 13;
    pub(in crate::pprof) const DEFAULT_SAMPLE_TYPE: u32 = 14;
}

pub(super) mod value_type {
    pub(in crate::pprof) const TYPE: u32 = 1;
    pub(in crate::pprof) const UNIT: u32 = 2;
}

pub(super) mod sample {
    pub(in crate::pprof) const LOCATION: u32 = 1;
    pub(in crate::pprof) const VALUE: u32 = 2;
    pub(in crate::pprof) const LABEL: u32 = 3;
}

pub(super) mod label {
    pub(in crate::pprof) const KEY: u32 = 1;
    pub(in crate::pprof) const TEXT: u32 = 2;
}

pub(super) mod mapping {
    pub(in crate::pprof) const ID: u32 = 1;
    pub(in crate::pprof) const START: u32 = 2;
    pub(in crate::pprof) const LIMIT: u32 = 3;
    pub(in crate::pprof) const FILE: u32 = 5;
    pub(in crate::pprof) const BUILD_ID: u32 = 6;
    /// Whether there are functions, files, lines, and inlined functions.
    pub(in crate::pprof) const KNOWN: [u32; 4] = [7, 8, 9, 10];
}

pub(super) mod location {
    pub(in crate::pprof) const ID: u32 = 1;
    pub(in crate::pprof) const MAPPING: u32 = 2;
    pub(in crate::pprof) const ADDRESS: u32 = 3;
    pub(in crate::pprof) const LINE: u32 = 4;
}

pub(super) mod line {
    pub(in crate::pprof) const FUNCTION: u32 = 1;
    pub(in crate::pprof) const LINE: u32 = 2;
}

pub(super) mod function {
    pub(in crate::pprof) const ID: u32 = 1;
    pub(in crate::pprof) const NAME: u32 = 2;
    pub(in crate::pprof) const SYSTEM_NAME: u32 = 3;
    pub(in crate::pprof) const FILE: u32 = 4;
}
