//! The pages of this repository, as files of Markdown: whether their links lead somewhere, whether
//! a translation keeps step with its original, and the book that is made of them.
//!
//! A page is written once and read in three places: on GitHub, in the book, and, where it is the
//! README of a published crate, on crates.io and docs.rs. [`links`] has the rules that make its
//! links work in all of them; [`book`] lays the pages out for mdBook.

pub mod book;
pub mod destination;
pub mod links;
pub mod page;
pub mod repository;
pub mod summary;
pub mod translation;

pub use page::Page;
pub use repository::Repository;
