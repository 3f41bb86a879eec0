//! What the tests look at, laid out by hand.

use litepool_trace::{Interned, WordSize};

use crate::memory_image::{MemoryImage, Segment};
use crate::reach::{BlindSpot, Leak, Reach, ReachError, Reachability};
use crate::snapshot::{Block, BlockState, Origin, Pool, Snapshot};
use crate::symbols::Symbols;
use crate::test_program::program;

/// Where the variables begin: `cache`, 32 bytes, and then `idle_stack`.
pub const VARIABLES: u64 = 0x1000;
/// Where `idle_stack` is, 128 bytes.
pub const IDLE_STACK: u64 = 0x1020;
/// Where a recorder is, if there is one, 1024 bytes.
pub const RECORDER: u64 = 0x10A0;
/// Where other memory is.
pub const STACK: u64 = 0x1800;
/// Bytes before each payload.
pub const HEADER: u64 = 4;

const POOL: u64 = 0x2000;
const SECOND_POOL: u64 = 0x4000;

pub struct Device {
    /// The first address in the dump.
    pub begins: u64,
    /// The first one behind it.
    pub ends: u64,
    pub registers: Vec<u64>,
    pub has_symbols: bool,
    /// What the recorder is called.
    pub recorder: Option<&'static str>,
    bytes: Vec<u8>,
    pools: Vec<Pool>,
    blocks: Vec<Block>,
    next: u64,
}

impl Device {
    pub fn new() -> Self {
        Self {
            begins: VARIABLES,
            ends: u64::MAX,
            registers: Vec::new(),
            has_symbols: true,
            recorder: None,
            bytes: vec![0; 0x8000],
            pools: vec![pool(POOL, 0x2000), pool(SECOND_POOL, 0x1000)],
            blocks: Vec::new(),
            next: POOL,
        }
    }

    /// A used block behind the one before it; where its payload begins.
    pub fn block(&mut self, size: u64) -> u64 {
        let address = self.next + HEADER;
        self.next = address + size;
        // The second pool moves out of the way.
        let end = self.next.max(SECOND_POOL);
        self.pools[0].size = end.max(0x4000) - POOL;
        self.pools[1].base = Some(end);
        self.bytes
            .resize((end as usize + 0x4000).max(self.bytes.len()), 0);
        self.add(0, address, size);
        address
    }

    pub fn block_of_second_pool(&mut self, size: u64) -> u64 {
        let address = self.pools[1].base.unwrap() + HEADER;
        self.add(1, address, size);
        address
    }

    /// A pool in a block; where it begins.
    pub fn pool_within(&mut self, block: u64, offset: u64, size: u64) -> u64 {
        self.pools.push(Pool {
            within: Some(self.index(block)),
            ..pool(block + offset, size)
        });
        block + offset
    }

    pub fn block_of_inner_pool(&mut self, address: u64, size: u64) {
        self.add(2, address, size);
    }

    fn add(&mut self, pool: usize, address: u64, size: u64) {
        self.blocks.push(Block {
            pool,
            address: Some(address),
            size,
            extent: size + HEADER,
            state: BlockState::Used,
            in_slab: false,
            task: None,
            module: None,
            number: None,
            birth: None,
            stack: 0,
        });
    }

    pub fn free(&mut self, block: u64) {
        let index = self.index(block);
        self.blocks[index].state = BlockState::Free;
    }

    /// Takes a block away whose header was overwritten.
    pub fn lose(&mut self, block: u64) {
        let lost = self.blocks.remove(self.index(block));
        self.pools[0].lost.push(block - HEADER..block + lost.size);
    }

    /// Writes a word of 32 bits.
    pub fn set(&mut self, address: u64, word: u64) {
        let word = (word as u32).to_le_bytes();
        self.bytes[address as usize..][..4].copy_from_slice(&word);
    }

    fn index(&self, block: u64) -> usize {
        let is_it = |other: &Block| other.address == Some(block);
        self.blocks.iter().position(is_it).unwrap()
    }

    fn snapshot(&self) -> Snapshot {
        let end = (self.ends as usize).min(self.bytes.len());
        let segment = Segment {
            address: self.begins,
            bytes: self.bytes[self.begins as usize..end].to_vec(),
        };
        let memory = MemoryImage::from_segments(vec![segment]).unwrap();
        Snapshot {
            origin: Origin::Dump { files: Vec::new() },
            word: WordSize::Bits32,
            pools: self.pools.clone(),
            blocks: self.blocks.clone(),
            interned: Interned::default(),
            memory: memory.with_registers(self.registers.clone()),
            live_tasks: None,
            passed_over: Vec::new(),
        }
    }

    fn symbols(&self) -> Option<Symbols> {
        let stack = IDLE_STACK..IDLE_STACK + 128;
        let mut variables = vec![("cache", VARIABLES..IDLE_STACK), ("idle_stack", stack)];
        variables.extend(self.recorder.map(|name| (name, RECORDER..RECORDER + 1024)));
        let end = variables.last()?.1.end;
        let symbols = || program(VARIABLES..end, &variables, &[]);
        self.has_symbols.then(symbols)
    }

    fn ask(&self) -> Result<Reachability, ReachError> {
        Reachability::of(&self.snapshot(), self.symbols().as_ref())
    }

    pub fn error(&self) -> ReachError {
        self.ask().unwrap_err()
    }

    pub fn reach(&self, block: u64) -> Reach {
        self.ask().unwrap().reach(self.index(block)).unwrap()
    }

    /// Those of all blocks, in the order of their addresses.
    pub fn verdicts(&self) -> Vec<Reach> {
        let found = self.ask().unwrap();
        (0..self.blocks.len())
            .filter_map(|block| found.reach(block))
            .collect()
    }

    /// The path to a block; empty if there is none.
    pub fn path(&self, block: u64) -> String {
        let (snapshot, symbols) = (self.snapshot(), self.symbols());
        let path = self.ask().unwrap();
        let path = path.path(&snapshot, symbols.as_ref(), self.index(block));
        path.map_or(String::new(), |path| path.to_string())
    }

    pub fn leaks(&self) -> Vec<Leak> {
        self.ask().unwrap().leaks().to_vec()
    }

    pub fn blind_spots(&self) -> Vec<BlindSpot> {
        self.ask().unwrap().blind_spots().to_vec()
    }
}

fn pool(base: u64, size: u64) -> Pool {
    Pool {
        base: Some(base),
        size,
        ..Pool::default()
    }
}
