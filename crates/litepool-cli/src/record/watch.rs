//! A process of the command's own beside the program. It shows which signals were sent to the whole process group, as a
//! terminal and `timeout` do, and so reached the program by themselves; and it does what the command can't do while it is
//! stopped or when it is killed.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use libc::{c_int, pid_t};

/// The process. It ends with this value.
pub(super) struct Watch {
    /// `None` if the system has no process left.
    own: Option<pid_t>,
    /// The program, while it runs.
    program: Option<u32>,
    /// What must not stay behind, if it is temporary.
    directory: Option<PathBuf>,
}

impl Watch {
    /// Begins to watch. The command must have no other thread yet.
    pub(super) fn new(program: u32, directory: Option<PathBuf>) -> Self {
        let mut watch = Self {
            own: None,
            program: Some(program),
            directory,
        };
        watch.begin();
        watch
    }

    /// Whether the whole process group got this signal, which the command has just received. Then a new process takes over,
    /// for the next one.
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
        self.end();
        self.begin();
    }

    /// The program has ended, and its number will soon be free.
    pub(super) fn program_ended(&mut self) {
        self.program = None;
        self.renew();
    }

    fn begin(&mut self) {
        // SAFETY: the command has one thread, so that the child may do anything. It never returns from here.
        let (command, own) = unsafe { (libc::getpid(), libc::fork()) };
        if own == 0 {
            self.run(command);
        }
        self.own = (own > 0).then_some(own);
    }

    fn end(&mut self) {
        if let Some(own) = self.own.take() {
            // SAFETY: no memory is involved, and the process is our child, not waited for yet.
            unsafe {
                libc::kill(own, libc::SIGKILL);
                libc::waitpid(own, std::ptr::null_mut(), 0);
            }
        }
    }

    /// What the process does.
    fn run(&self, command: pid_t) -> ! {
        let mut all = std::mem::MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: filling the set makes it valid. Nobody uses the files of this process. Whatever fails here does no harm.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), std::ptr::null_mut());
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
                self.signal(libc::SIGKILL);
                if let Some(directory) = &self.directory {
                    drop(fs::remove_dir_all(directory));
                }
                // SAFETY: ends this process, which shares nothing that would have to be flushed.
                unsafe { libc::_exit(0) };
            }
            let is_stopped = state(command.cast_unsigned()) == Some(b'T');
            if is_stopped && !was_stopped {
                self.signal(libc::SIGSTOP);
            }
            was_stopped = is_stopped;
        }
    }

    /// Signals the program, if it runs.
    fn signal(&self, signal: c_int) {
        if let Some(program) = self.program {
            // SAFETY: no memory is involved.
            unsafe { libc::kill(program.cast_signed(), signal) };
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}

/// The state of a process as the system's letter for it: `T` is stopped, `Z` ended and not waited for. `None` if there is
/// no such process.
pub(super) fn state(pid: u32) -> Option<u8> {
    let status = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // After the program's name, which may hold anything.
    let end = status.iter().rposition(|&byte| byte == b')')?;
    status.get(end + 2).copied()
}
