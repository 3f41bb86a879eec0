//! The slab: small objects without a header, in front of any [`Fit`](crate::fit::Fit).
//!
//! A **chunk** is a used block of the chain that stands on a multiple of its own size and holds objects of one class,
//! side by side (after J. Bonwick, "The slab allocator: an object-caching kernel memory allocator", 1994):
//!
//! ```text
//!   | h | free slots | aligned | links |   | object | object | ...    | object |  | h | next block
//!       ^ multiple of the chunk's size                                               ^ next multiple
//!       0            8         16          32       32 + size
//! ```
//!
//! **Finding** an object's chunk takes no header: the **chunk map**, a byte for each place at which the smallest chunk
//! could stand, tells the class of the chunk that covers it, and 0 for none. The class tells the chunk's size, so where it
//! begins; a multiplication tells the slot, or that no object begins there. The map and all heads stand in the control
//! block, where no overrun of an object reaches them.
//!
//! ```text
//!   pool:   | control block, slab's state, Fit's state, chunk map | block | chunk | block | ... | end |
//! ```
//!
//! **Free slots** are the set bits of a word in the chunk: the lowest one is taken, and a bit that is set already makes a
//! double free an error. The chunks of a class that have a free slot form a ring, whose head serves the class; a full chunk
//! is in no list. One that is full no more goes to the ring's end, where it gathers free slots before its turn comes: put in
//! front, it would be full again at once, and almost every operation would change the ring (a third more time on a trace of
//! short-lived objects). A chunk that becomes empty goes back to the Fit if the slab expands and the class has more chunks
//! than it began with. A slab that keeps a spare leaves an empty chunk in its ring while the others of its class are full; it is
//! then the ring's head (others come behind it), where it is found when the Fit needs the memory.
//!
//! - `slab/classes.rs`: which classes there are
//! - `slab/state.rs`: what stands in the control block, and the chunk map
//! - `slab/object.rs`: objects are taken, proved and given up
//! - `slab/slots.rs`: the slots of a chunk in a walk
//! - `slab/chunk.rs`: a chunk's fields and its ring; taking chunks from the Fit and giving them back
//! - `slab/seal.rs`: the second statement of a chunk's slots and class, with `Check::Hardened`
//! - `slab/check.rs`: proving all of it

pub(crate) mod check;
mod chunk;
mod classes;
mod object;
mod seal;
mod slots;
mod state;

pub use classes::{Class, Slab};
pub(crate) use object::Object;
pub(crate) use slots::Slots;
pub(crate) use state::{SlabCounter, Tag};
