//! One page that shows a heap, and needs nothing but a browser.

pub mod model;
pub mod page;
