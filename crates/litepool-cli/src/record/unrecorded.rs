//! Why a program could not be recorded: what its file tells.

use std::env;
use std::ffi::{CString, OsStr};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use elf::ElfBytes;
use elf::abi::{EM_386, EM_AARCH64, EM_ARM, EM_RISCV, EM_X86_64, PT_INTERP};
use elf::endian::AnyEndian;
use elf::file::Class;

/// Why this program, as it was named on a command line, can't be recorded. `None` if its file tells
/// no reason.
pub(super) fn reason(program: &OsStr) -> Option<String> {
    let path = find(program)?;
    let (path, mut file, mut rest) = interpreted(path)?;
    rest.read_to_end(&mut file).ok()?;
    let name = path.display();
    if let Some(rights) = other_rights(&path) {
        return Some(format!(
            "{name} {rights}: the system loads no recorder into it"
        ));
    }
    let Ok(elf) = ElfBytes::<AnyEndian>::minimal_parse(&file) else {
        return Some(format!("{name} is no program of this system"));
    };
    if (elf.ehdr.class, elf.ehdr.e_machine) != own_kind() && !is_narrow(program) {
        let bits = match elf.ehdr.class {
            Class::ELF32 => 32,
            Class::ELF64 => 64,
        };
        return Some(format!(
            "{name} is a program of {bits} bits for {}, and this command records those of its own \
             kind: build litepool for that",
            machine(elf.ehdr.e_machine)
        ));
    }
    let is_go = [".go.buildinfo", ".note.go.buildid"]
        .iter()
        .any(|section| matches!(elf.section_header_by_name(section), Ok(Some(_))));
    if is_go {
        return Some(format!(
            "{name} is written in Go, whose runtime has a heap of its own"
        ));
    }
    let linker = elf
        .segments()
        .and_then(|segments| segments.iter().find(|segment| segment.p_type == PT_INTERP));
    let Some(linker) = linker else {
        return Some(format!(
            "{name} is statically linked: link it dynamically to record it"
        ));
    };
    if let Ok(linker) = elf.segment_data(&linker)
        && String::from_utf8_lossy(linker).contains("musl")
    {
        return Some(format!(
            "{name} uses the C library musl: the recorder is for glibc"
        ));
    }
    defines_malloc(&elf).then(|| {
        format!(
            "{name} brings an allocator of its own: it defines malloc itself. Build it without \
             that to record it"
        )
    })
}

/// Whether this program, as it was named on a command line, is one of 32 bits that a machine of 64
/// bits runs, too.
pub(super) fn is_narrow(program: &OsStr) -> bool {
    let Some((_, header, _)) = find(program).and_then(interpreted) else {
        return false;
    };
    // The class, the byte order and the machine, as an ELF header has them.
    own_kind().1 == EM_X86_64
        && header.starts_with(b"\x7FELF\x01\x01")
        && header.get(18..20) == Some(&EM_386.to_le_bytes())
}

/// The file of a program, found as a shell does.
fn find(program: &OsStr) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.components().count() > 1 {
        return Some(path.into());
    }
    env::split_paths(&env::var_os("PATH")?)
        .map(|directory| directory.join(path))
        .find(|path| {
            let is_program =
                |status: fs::Metadata| status.is_file() && status.permissions().mode() & 0o111 != 0;
            fs::metadata(path).is_ok_and(is_program)
        })
}

/// The program that runs in the end, where the file is a script: its first bytes, and the file from
/// there on.
fn interpreted(mut path: PathBuf) -> Option<(PathBuf, Vec<u8>, File)> {
    // As many times as the kernel does it.
    for _ in 0..5 {
        let mut file = File::open(&path).ok()?;
        let mut bytes = Vec::new();
        file.by_ref().take(256).read_to_end(&mut bytes).ok()?;
        let Some(line) = bytes.strip_prefix(b"#!") else {
            return Some((path, bytes, file));
        };
        let line = String::from_utf8_lossy(line.split(|&byte| byte == b'\n').next()?).into_owned();
        let mut words = line.split_whitespace();
        let interpreter = words.next()?;
        path = match words.next() {
            Some(program) if interpreter.ends_with("/env") && !program.starts_with('-') => {
                find(program.as_ref())?
            }
            _ => interpreter.into(),
        };
    }
    None
}

/// What gives the program other rights than the user's, if anything.
fn other_rights(path: &Path) -> Option<&'static str> {
    let mode = fs::metadata(path).ok()?.permissions().mode();
    if mode & libc::S_ISUID != 0 {
        return Some("is set-user-ID");
    }
    if mode & libc::S_ISGID != 0 && mode & 0o010 != 0 {
        return Some("is set-group-ID");
    }
    let path = CString::new(path.as_os_str().as_bytes()).ok()?;
    // SAFETY: both texts end with a zero; nothing is written, for no bytes are asked for.
    let bytes = unsafe {
        libc::getxattr(
            path.as_ptr(),
            c"security.capability".as_ptr(),
            std::ptr::null_mut(),
            0,
        )
    };
    (bytes > 0).then_some("has capabilities")
}

/// The word size and processor that this command was built for, and so the recorder in it.
fn own_kind() -> (Class, u16) {
    let class = if cfg!(target_pointer_width = "64") {
        Class::ELF64
    } else {
        Class::ELF32
    };
    let machine = match env::consts::ARCH {
        "x86_64" => EM_X86_64,
        "x86" => EM_386,
        "aarch64" => EM_AARCH64,
        "arm" => EM_ARM,
        "riscv32" | "riscv64" => EM_RISCV,
        // What this command itself is.
        _ => fs::read("/proc/self/exe")
            .ok()
            .and_then(|file| {
                let elf = ElfBytes::<AnyEndian>::minimal_parse(&file).ok()?;
                Some(elf.ehdr.e_machine)
            })
            .unwrap_or(0),
    };
    (class, machine)
}

fn machine(number: u16) -> String {
    match number {
        EM_X86_64 => "x86-64".into(),
        EM_386 => "x86".into(),
        EM_AARCH64 | EM_ARM => "Arm".into(),
        EM_RISCV => "RISC-V".into(),
        other => format!("processor {other}"),
    }
}

/// Whether the program has a `malloc` that comes before every library's.
fn defines_malloc(elf: &ElfBytes<'_, AnyEndian>) -> bool {
    [elf.dynamic_symbol_table(), elf.symbol_table()]
        .into_iter()
        .filter_map(|table| table.ok().flatten())
        .any(|(symbols, names)| {
            symbols.iter().any(|symbol| {
                !symbol.is_undefined() && matches!(names.get(symbol.st_name as usize), Ok("malloc"))
            })
        })
}

#[cfg(test)]
mod tests;
