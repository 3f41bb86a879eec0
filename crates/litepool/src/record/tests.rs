use super::owner::HolderWord;
use super::{CallSites, Holder, Owner, Record, Task};
use crate::arena::Arena;
use crate::block::Form;
use crate::config::{Deferred, Hardened, Standard, WithRecord};
use crate::fit::{BestFit, BestFitLittle, Fit, Tlsf};

/// What a header with its record takes, in bytes, of an ordinary and of a large block, whatever else the configuration is.
const fn costs<F: Fit, R: Record>(ordinary: usize) -> bool {
    const fn is<C: crate::Config>(ordinary: usize) -> bool {
        Form::Ordinary.overhead::<C>() == ordinary
            && Form::Large.overhead::<C>() == ordinary + 12
            && Arena::<C>::RECORD == ordinary - 4
    }
    is::<WithRecord<Standard<F, u16, 4>, R>>(ordinary)
        && is::<WithRecord<Standard<F, u16, 8>, R>>(ordinary)
        && is::<WithRecord<Standard<F, u32, 4>, R>>(ordinary)
        && is::<WithRecord<Standard<F, u32, 8>, R>>(ordinary)
        && is::<WithRecord<Hardened<Deferred<Standard<F, u32, 8>>>, R>>(ordinary)
}

const fn costs_with_every_fit<R: Record>(ordinary: usize) -> bool {
    costs::<Tlsf, R>(ordinary)
        && costs::<BestFit, R>(ordinary)
        && costs::<BestFitLittle, R>(ordinary)
}

// Proved when the tests are compiled.
const _: () = assert!(costs_with_every_fit::<()>(4));
const _: () = assert!(costs_with_every_fit::<Owner<64, 33>>(8));
const _: () = assert!(costs_with_every_fit::<CallSites<0>>(8));
const _: () = assert!(costs_with_every_fit::<CallSites<1>>(12));
const _: () = assert!(costs_with_every_fit::<CallSites<4>>(24));
const _: () = assert!(costs_with_every_fit::<(Owner<0, 0>, CallSites<0>)>(12));
const _: () = assert!(costs_with_every_fit::<(Owner<64, 33>, CallSites<4>)>(28));

#[test]
fn a_holder_is_told_again() {
    for task in [
        Task::Id(0),
        Task::Id(77),
        Task::Id(65_533),
        Task::Interrupt,
        Task::None,
    ] {
        for module in [Some(0), Some(32), Some(253), None] {
            let word = HolderWord::of(task, module);
            assert_eq!(word.holder(), Some(Holder { task, module }));
        }
    }
}

#[test]
fn numbers_that_mean_something_else_are_not_taken() {
    assert_eq!(
        HolderWord::of(Task::Id(u16::MAX), None)
            .holder()
            .unwrap()
            .task,
        Task::Id(65_533)
    );
    assert_eq!(
        HolderWord::of(Task::None, Some(254))
            .holder()
            .unwrap()
            .module,
        None
    );
    assert_eq!(
        HolderWord::of(Task::None, Some(255))
            .holder()
            .unwrap()
            .module,
        None
    );
}

#[test]
fn a_changed_bit_or_byte_is_no_holder() {
    for task in [
        Task::Id(0),
        Task::Id(1),
        Task::Id(4711),
        Task::Interrupt,
        Task::None,
    ] {
        let word = HolderWord::of(task, Some(3));
        for bit in 0..32 {
            assert!(!HolderWord(word.0 ^ 1 << bit).is_whole(), "{task:?} {bit}");
        }
        // What the first byte behind a payload becomes when somebody writes one too many.
        for byte in 0..=u8::MAX {
            let overrun = HolderWord(word.0 & !0xFF | u32::from(byte));
            assert_eq!(overrun.is_whole(), overrun == word, "{task:?} {byte}");
        }
    }
    assert!(!HolderWord(0).is_whole());
    assert!(!HolderWord(u32::MAX).is_whole());
}
