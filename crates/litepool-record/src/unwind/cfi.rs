//! Call frame information (DWARF 5, section 6.4; the Linux Standard Base's `.eh_frame`): where a
//! function's frame is, and where in it the return address and the caller's frame pointer are.
//!
//! Only what a walk needs is followed: three of all registers, and of the expressions those two
//! that compilers write for a function that aligns its stack.

use super::reader::Reader;
use super::step::{Cfa, Saved, Step};
use super::table::Entry;

/// The numbers that the tables have for the registers.
mod register {
    #[cfg(target_arch = "x86_64")]
    pub(super) const FP_SP_RA: [usize; 3] = [6, 7, 16];
    #[cfg(target_arch = "x86")]
    pub(super) const FP_SP_RA: [usize; 3] = [5, 4, 8];
    #[cfg(target_arch = "aarch64")]
    pub(super) const FP_SP_RA: [usize; 3] = [29, 31, 30];
    // No walk is made on others.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
    pub(super) const FP_SP_RA: [usize; 3] = [usize::MAX; 3];

    pub(super) const FP: usize = FP_SP_RA[0];
    pub(super) const SP: usize = FP_SP_RA[1];
    pub(super) const RA: usize = FP_SP_RA[2];
}

/// What is common to several functions (the CIE).
struct Common {
    code_align: usize,
    data_align: isize,
    /// How addresses are written.
    encoding: u8,
    has_augmentation: bool,
    is_signal: bool,
    instructions: Reader,
}

/// Where something is, while the instructions are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Not saved.
    Same,
    /// There is none: the outermost frame.
    Undefined,
    AtCfa(isize),
    AtFp(isize),
    /// Written in a way that isn't followed.
    Other,
}

/// How the frame's address is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Register(usize, isize),
    AtFp(isize),
    Other,
}

/// A row of the table.
#[derive(Clone, Copy)]
struct Row {
    frame: Frame,
    fp: Place,
    ra: Place,
}

/// How often a row may be put aside within another. Compilers do so once.
const DEPTH: usize = 4;

/// What the entry says of an instruction. `None` if it isn't about that one, or can't be read.
pub(crate) fn parse(entry: Entry, instruction: usize) -> Option<Step> {
    let mut reader = entry.reader;
    let mut body = length(&mut reader)?;
    let at = body.at;
    let back = body.u32()? as usize;
    let mut common = reader;
    common.rewind(at.checked_sub(back).filter(|&at| at >= entry.object)?);
    let common = parse_common(common)?;
    let first = body.pointer(common.encoding)?;
    let bytes = body.value(common.encoding)?;
    if instruction.wrapping_sub(first) >= bytes {
        return None;
    }
    if common.has_augmentation {
        let bytes = body.uleb()?;
        body.take(bytes)?;
    }
    if common.is_signal {
        // The frame is the kernel's: nothing was called there.
        return Some(Step::END);
    }
    let mut row = Row {
        frame: Frame::Other,
        fp: Place::Same,
        ra: Place::Same,
    };
    run(&common, common.instructions, &mut row, None, usize::MAX)?;
    let initial = row;
    let offset = instruction.wrapping_sub(first);
    run(&common, body, &mut row, Some(initial), offset)?;
    Some(step(row))
}

/// An entry's length, and the entry without it.
fn length(reader: &mut Reader) -> Option<Reader> {
    // The extended length that this would announce is for tables of 4 GB.
    let bytes = reader.u32().filter(|&bytes| bytes < 0xFFFF_FFF0)?;
    reader.take(bytes as usize)
}

fn parse_common(mut reader: Reader) -> Option<Common> {
    let mut body = length(&mut reader)?;
    if body.u32()? != 0 {
        return None;
    }
    let version = body.u8().filter(|version| matches!(version, 1 | 3))?;
    // Zero-terminated; no more than four letters are in use.
    let mut augmentation = [0; 8];
    for place in &mut augmentation {
        *place = body.u8()?;
        if *place == 0 {
            break;
        }
    }
    let code_align = body.uleb()?;
    let data_align = body.sleb()?;
    let ra = if version == 1 {
        usize::from(body.u8()?)
    } else {
        body.uleb()?
    };
    if ra != register::RA {
        return None;
    }
    let mut common = Common {
        code_align,
        data_align,
        encoding: 0,
        has_augmentation: false,
        is_signal: false,
        instructions: body,
    };
    let mut data = body;
    for letter in augmentation {
        match letter {
            0 => break,
            b'z' => {
                let bytes = body.uleb()?;
                data = body.take(bytes)?;
                common.instructions = body;
                common.has_augmentation = true;
            }
            b'R' => common.encoding = data.u8()?,
            b'L' => {
                data.u8()?;
            }
            b'P' => {
                let encoding = data.u8()?;
                data.value(encoding)?;
            }
            b'S' => common.is_signal = true,
            // Which key signs return addresses; that memory is tagged.
            b'B' | b'G' => {}
            _ => return None,
        }
    }
    Some(common)
}

/// Follows the instructions up to the row that holds for the code at this offset.
fn run(
    common: &Common,
    mut code: Reader,
    row: &mut Row,
    initial: Option<Row>,
    offset: usize,
) -> Option<()> {
    let mut at = 0_usize;
    let mut aside = [*row; DEPTH];
    let mut depth = 0_usize;
    while !code.is_at_end() && at <= offset {
        let byte = code.u8()?;
        let mut advance = 0;
        match byte {
            // DW_CFA_advance_loc: the operand is in the same byte. DW_CFA_advance_loc1, 2, 4
            0x40..=0x7F => advance = usize::from(byte & OPERAND),
            0x02 => advance = usize::from(code.u8()?),
            0x03 => advance = usize::from(code.u16()?),
            0x04 => advance = code.u32()? as usize,
            // DW_CFA_remember_state
            0x0A => {
                *aside.get_mut(depth)? = *row;
                depth = depth.wrapping_add(1);
            }
            // DW_CFA_restore_state
            0x0B => {
                depth = depth.checked_sub(1)?;
                *row = *aside.get(depth)?;
            }
            // DW_CFA_restore, DW_CFA_restore_extended
            0xC0..=0xFF => row.restore(usize::from(byte & OPERAND), initial?),
            0x06 => row.restore(code.uleb()?, initial?),
            0x0C..=0x0F | 0x12 | 0x13 => row.frame = frame(common, byte, &mut code, row.frame)?,
            // DW_CFA_nop; DW_CFA_AARCH64_negate_ra_state: return addresses are stripped anyway.
            0x00 | 0x2D => {}
            // DW_CFA_GNU_args_size
            0x2E => drop(code.uleb()?),
            _ => {
                let (register, place) = saved(common, byte, &mut code)?;
                row.save(register, place);
            }
        }
        at = at.wrapping_add(advance.wrapping_mul(common.code_align));
    }
    Some(())
}

/// The bits of an instruction's first byte that may be an operand.
const OPERAND: u8 = 0x3F;

/// What an instruction makes of the frame's address.
fn frame(common: &Common, instruction: u8, code: &mut Reader, before: Frame) -> Option<Frame> {
    let offset_of = |before, offset| match before {
        Frame::Register(register, _) => Frame::Register(register, offset),
        other => other,
    };
    let factored = |offset: isize| offset.wrapping_mul(common.data_align);
    Some(match instruction {
        // DW_CFA_def_cfa
        0x0C => Frame::Register(code.uleb()?, code.uleb()?.cast_signed()),
        // DW_CFA_def_cfa_register
        0x0D => match (before, code.uleb()?) {
            (Frame::Register(_, offset), register) => Frame::Register(register, offset),
            (other, _) => other,
        },
        // DW_CFA_def_cfa_offset
        0x0E => offset_of(before, code.uleb()?.cast_signed()),
        // DW_CFA_def_cfa_expression
        0x0F => {
            let bytes = code.uleb()?;
            frame_by(code.take(bytes)?)
        }
        // DW_CFA_def_cfa_sf
        0x12 => Frame::Register(code.uleb()?, factored(code.sleb()?)),
        // DW_CFA_def_cfa_offset_sf
        _ => offset_of(before, factored(code.sleb()?)),
    })
}

/// Which register an instruction says to be saved, and where. `None` of an unknown instruction.
fn saved(common: &Common, instruction: u8, code: &mut Reader) -> Option<(usize, Place)> {
    // DW_CFA_offset has the register in the same byte, all others behind it.
    let register = match instruction {
        0x80..=0xBF => usize::from(instruction & OPERAND),
        _ => code.uleb()?,
    };
    let place = match instruction {
        // DW_CFA_offset, DW_CFA_offset_extended
        0x80..=0xBF | 0x05 => at_cfa(common, code.uleb()?.cast_signed()),
        // DW_CFA_undefined
        0x07 => Place::Undefined,
        // DW_CFA_same_value
        0x08 => Place::Same,
        // DW_CFA_expression
        0x10 => {
            let bytes = code.uleb()?;
            place_by(code.take(bytes)?)
        }
        // DW_CFA_offset_extended_sf
        0x11 => at_cfa(common, code.sleb()?),
        // DW_CFA_register, DW_CFA_val_offset, DW_CFA_val_offset_sf: the value is somewhere else.
        0x09 | 0x14 | 0x15 => {
            code.uleb()?;
            Place::Other
        }
        // DW_CFA_val_expression
        0x16 => {
            let bytes = code.uleb()?;
            code.take(bytes)?;
            Place::Other
        }
        // DW_CFA_GNU_negative_offset_extended
        0x2F => at_cfa(common, code.uleb()?.cast_signed().wrapping_neg()),
        _ => return None,
    };
    Some((register, place))
}

fn at_cfa(common: &Common, factored: isize) -> Place {
    Place::AtCfa(factored.wrapping_mul(common.data_align))
}

/// The two operations of an expression that are known here.
const BREG_FP: u8 = 0x70 + register::FP as u8;
const DEREF: u8 = 0x06;

/// A frame whose address is stored beside the frame pointer: the function has aligned its stack.
fn frame_by(mut expression: Reader) -> Frame {
    let mut address = || {
        let begins = expression.u8()? == BREG_FP;
        let offset = expression.sleb()?;
        let loads = expression.u8()? == DEREF;
        (begins && loads && expression.is_at_end()).then_some(Frame::AtFp(offset))
    };
    address().unwrap_or(Frame::Other)
}

/// A register that is saved beside the frame pointer, for the same reason.
fn place_by(mut expression: Reader) -> Place {
    let mut address = || {
        let begins = expression.u8()? == BREG_FP;
        let offset = expression.sleb()?;
        (begins && expression.is_at_end()).then_some(Place::AtFp(offset))
    };
    address().unwrap_or(Place::Other)
}

impl Row {
    fn save(&mut self, register: usize, place: Place) {
        match register {
            register::FP => self.fp = place,
            register::RA => self.ra = place,
            _ => {}
        }
    }

    fn restore(&mut self, register: usize, initial: Self) {
        match register {
            register::FP => self.fp = initial.fp,
            register::RA => self.ra = initial.ra,
            _ => {}
        }
    }
}

/// What a walk does with a row.
fn step(row: Row) -> Step {
    let ra = match row.ra {
        Place::Undefined => return Step::END,
        Place::AtCfa(offset) => offset,
        _ => return Step::FRAME_POINTER,
    };
    let cfa = match row.frame {
        Frame::Register(register::SP, offset) => Cfa::Sp(offset),
        Frame::Register(register::FP, offset) => Cfa::Fp(offset),
        Frame::AtFp(offset) => Cfa::AtFp(offset),
        _ => return Step::FRAME_POINTER,
    };
    let fp = match row.fp {
        Place::Same => Saved::Same,
        Place::AtCfa(offset) => Saved::AtCfa(offset),
        Place::AtFp(offset) => Saved::AtFp(offset),
        Place::Undefined | Place::Other => Saved::Lost,
    };
    Step::table(cfa, fp, ra)
}
