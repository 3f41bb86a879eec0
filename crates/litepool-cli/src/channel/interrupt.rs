//! Ctrl-C ends the listening and not the command, so that a trace is whole. The second one ends the
//! command.

#[cfg(not(unix))]
pub(crate) use elsewhere::Interrupt;
#[cfg(unix)]
pub(crate) use unix::Interrupt;

#[cfg(unix)]
mod unix {
    use std::mem::MaybeUninit;
    use std::sync::atomic::{AtomicBool, Ordering};

    static STOPPED: AtomicBool = AtomicBool::new(false);

    extern "C" fn stop(_: libc::c_int) {
        STOPPED.store(true, Ordering::Relaxed);
    }

    /// Knows whether somebody wants the listening to end.
    pub(crate) struct Interrupt(());

    impl Interrupt {
        /// From now on the first signal that would end the command ends the listening alone. Signals that are
        /// ignored stay so.
        pub(crate) fn catch() -> Self {
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
                let mut before = MaybeUninit::<libc::sigaction>::zeroed();
                let mut action = MaybeUninit::<libc::sigaction>::zeroed();
                // SAFETY: both places are valid; all zeroes is a valid action, with no signal held back. The
                // handler does nothing but store, which it may at any moment.
                unsafe {
                    libc::sigaction(signal, std::ptr::null(), before.as_mut_ptr());
                    if before.assume_init().sa_sigaction != libc::SIG_IGN {
                        let action = action.assume_init_mut();
                        action.sa_sigaction = stop as *const () as libc::sighandler_t;
                        action.sa_flags = libc::SA_RESETHAND | libc::SA_RESTART;
                        libc::sigaction(signal, action, std::ptr::null_mut());
                    }
                }
            }
            Self(())
        }

        /// Whether one came.
        pub(crate) fn came(&self) -> bool {
            STOPPED.load(Ordering::Relaxed)
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Knows whether somebody wants the listening to end.
    pub(crate) struct Interrupt(Arc<AtomicBool>);

    impl Interrupt {
        /// From now on the first Ctrl-C ends the listening alone.
        pub(crate) fn catch() -> Self {
            let came = Arc::new(AtomicBool::new(false));
            let seen = Arc::clone(&came);
            // Where it can't be caught it ends the command, as ever.
            let _ = ctrlc::set_handler(move || {
                if seen.swap(true, Ordering::Relaxed) {
                    std::process::exit(crate::TROUBLE.into());
                }
            });
            Self(came)
        }

        /// Whether one came.
        pub(crate) fn came(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }
}
