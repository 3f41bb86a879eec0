//! A process of the command's own beside the program. It shows which signals were sent to the whole
//! process group, as a terminal and `timeout` do, and so reached the program by themselves; and it
//! does what the command can't do while it is stopped or when it is killed.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use libc::{c_int, pid_t};

/// The process. It ends with this value.
pub(super) struct Watch {
    /// `None` if the system has no process left.
    own: Option<pid_t>,
    program: &'static Program,
    /// What must not stay behind.
    directory: PathBuf,
}

/// The number of the program's process, in memory that this process, the program until it is one,
/// and the watch share. 0: it does not run.
pub(super) struct Program(AtomicI32);

impl Program {
    /// A place for the number.
    fn new() -> io::Result<&'static Self> {
        let (access, kind) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
        );
        // SAFETY: a new mapping, which stays as long as the process. Zeroes are a valid number, and
        // it is accessed atomically only.
        unsafe {
            let page = libc::mmap(ptr::null_mut(), size_of::<Self>(), access, kind, -1, 0);
            if page == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            Ok(&*page.cast())
        }
    }

    /// This process is going to be the program. May be called between `fork` and `exec`.
    pub(super) fn is_this(&self) {
        // SAFETY: no arguments.
        self.0.store(unsafe { libc::getpid() }, Ordering::Release);
    }

    /// It has ended, and the number will soon be free.
    pub(super) fn has_ended(&self) {
        self.0.store(0, Ordering::Release);
    }

    /// Signals it, if it runs.
    fn signal(&self, signal: c_int) {
        match self.0.load(Ordering::Acquire) {
            0 => {}
            pid => {
                // SAFETY: no memory is involved.
                unsafe { libc::kill(pid, signal) };
            }
        }
    }
}

impl Watch {
    /// Begins to watch, before the program runs. The command must have no other thread yet.
    ///
    /// # Errors
    /// The system has no memory left.
    pub(super) fn new(directory: PathBuf) -> io::Result<Self> {
        let mut watch = Self {
            own: None,
            program: Program::new()?,
            directory,
        };
        watch.begin();
        Ok(watch)
    }

    /// The place where the program's number is to be told.
    pub(super) fn program(&self) -> &'static Program {
        self.program
    }

    /// Whether the whole process group got this signal, which the command has just received. Then a
    /// new process takes over, for the next one.
    pub(super) fn also_got(&mut self, signal: c_int) -> bool {
        let Some(own) = self.own else {
            return false;
        };
        // The system signals the processes of a group one by one, and `timeout` its child first.
        sleep(Duration::from_millis(5));
        let status = fs::read_to_string(format!("/proc/{own}/status")).unwrap_or_default();
        let pending = status
            .lines()
            .find_map(|line| line.strip_prefix("ShdPnd:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0);
        let got = pending >> (signal - 1) & 1 == 1;
        if got {
            self.renew();
        }
        got
    }

    /// A new process takes over.
    pub(super) fn renew(&mut self) {
        // Never is there none.
        let old = self.own.take();
        self.begin();
        end(old);
    }

    fn begin(&mut self) {
        // SAFETY: the command has one thread, so that the child may do anything. It never returns
        // from here. As `fork`, but that its end raises no signal, and that who waits for children
        // doesn't get it.
        let (command, own) = unsafe {
            (
                libc::getpid(),
                libc::syscall(libc::SYS_clone, 0, 0, 0, 0, 0),
            )
        };
        if own == 0 {
            self.run(command);
        }
        self.own = pid_t::try_from(own).ok().filter(|&own| own > 0);
    }

    /// What the process does.
    fn run(&self, command: pid_t) -> ! {
        let mut all = std::mem::MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: filling the set makes it valid. Nobody uses the files of this process. Whatever
        // fails here does no harm.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), ptr::null_mut());
            if libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0) != 0 {
                for file in 0..1024 {
                    libc::close(file);
                }
            }
            libc::chdir(c"/".as_ptr());
        }
        let mut was_stopped = false;
        loop {
            sleep(Duration::from_millis(100));
            // SAFETY: no memory is involved.
            if unsafe { libc::getppid() } != command {
                // It was killed, and can't do this any more.
                self.program.signal(libc::SIGKILL);
                drop(fs::remove_dir_all(&self.directory));
                // SAFETY: ends this process, which shares nothing that would have to be flushed.
                unsafe { libc::_exit(0) };
            }
            let is_stopped = state(command.cast_unsigned()) == Some(b'T');
            if is_stopped && !was_stopped {
                self.program.signal(libc::SIGSTOP);
            }
            was_stopped = is_stopped;
        }
    }
}

/// Ends such a process.
fn end(own: Option<pid_t>) {
    if let Some(own) = own {
        // SAFETY: no memory is involved, and the process is our child, not waited for yet.
        unsafe {
            libc::kill(own, libc::SIGKILL);
            libc::waitpid(own, ptr::null_mut(), libc::__WCLONE);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        end(self.own.take());
    }
}

/// The state of a process as the system's letter for it: `T` is stopped, `Z` ended and not waited
/// for. `None` if there is no such process.
pub(super) fn state(pid: u32) -> Option<u8> {
    let status = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // After the program's name, which may hold anything.
    let end = status.iter().rposition(|&byte| byte == b')')?;
    status.get(end + 2).copied()
}
