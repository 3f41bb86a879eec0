//! The raw log that the recorder writes, and its conversion to a trace.

pub mod layout;
