// A report made by hand: with everything that `model.rs` has, and with names that would like to be more than text. The
// page around it is put together from the same files as `page.rs` does.

import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const sources = path.join(here, '../../src');

export const hostile = [
    '<img src=x onerror="planted=1">', '</script><script>planted=1</script>', '\u202egnp.exe\u202c', 'x'.repeat(300),
    '内存分配器::创建缓冲区', '', 'a"b&amp;\'-->', 'std::vector<Frame, Pool<Frame>>::emplace_back(int, char const*)',
    '{bytes} {n} $& $1', '__proto__', 'constructor',
];

// The files of the page, in the order of `page.rs`.
export const files = kind => {
    const rust = fs.readFileSync(path.join(sources, 'page.rs'), 'utf8');
    return [...rust.matchAll(/include_str!\("page\/([\w-]+)\.(\w+)"\)/g)].filter(one => one[2] === kind)
        .map(one => path.join(sources, 'page', `${one[1]}.${kind}`));
};

export const assemble = (document, blob) => {
    const packed = bytes => zlib.deflateSync(bytes).toString('base64');
    const joined = kind => files(kind).map(file => fs.readFileSync(file, 'utf8')).join('');
    const parts = {
        style: joined('css'), script: joined('js'), encoding: 'deflate',
        document: packed(Buffer.from(JSON.stringify(document))), blob: packed(blob),
    };
    return fs.readFileSync(path.join(sources, 'page/index.html'), 'utf8').replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
};

export class Blob {
    parts = [];
    length = 0;
    row(type, values) {
        const array = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array, f64: Float64Array }[type].from(values);
        const row = { type, offset: this.length, length: array.length };
        const bytes = Buffer.alloc(Math.ceil(array.byteLength / 8) * 8);
        Buffer.from(array.buffer).copy(bytes);
        this.parts.push(bytes);
        this.length += bytes.length;
        return row;
    }
    bytes() { return Buffer.concat(this.parts); }
}

// The same numbers each time (D. H. Lehmer's generator, the constants of Park and Miller, 1988).
const random = seed => () => (seed = seed * 48271 % 2147483647) / 2147483647;

const plain = ['net_rx', 'http_parse', 'json_value', 'cache_put', 'log_line', 'tls_record', 'main', 'task_loop', 'on_event',
    'buffer_grow', 'session_open', 'mqtt_publish'];

// A trace of `stacks` call stacks over `sites` call sites; it fails.
export const trace = (blob, { name = 'station.lpt', sites = 40, stacks = 160, columns = 400, flat = false, seed = 7 } = {}) => {
    const next = random(seed);
    const pick = list => list[Math.floor(next() * list.length)];
    const names = [...plain, ...hostile];
    const calls = Array.from({ length: sites }, (_, at) => ({
        function: at < names.length ? names[at] : `function_${at}`,
        file: at % 7 === 6 ? '' : `/src/app/${['net', 'json', 'tls', 'core'][at % 4]}/file_${at % 9}.c`,
        line: at % 7 === 6 ? 0 : 10 + at, module: `/usr/lib/lib${['app', 'net', 'json'][at % 3]}.so.1`,
        offset: at % 7 === 6 ? 4096 + at * 16 : null,
    }));
    calls.push({ function: 'xmalloc', file: 'wrap.c', line: 3, module: '/usr/lib/libapp.so.1', offset: null });
    const wrapper = calls.length - 1;
    const tree = [{ parent: 0, call: 0, site: 0 }];
    const depths = [0];
    while (tree.length < stacks + 1) {
        let parent = flat || next() < 0.08 ? 0 : Math.max(0, tree.length - 1 - Math.floor(next() ** 2 * Math.min(tree.length, 24)));
        if (depths[parent] > 30) parent = 0;
        // A wrapper calls nobody but the allocator.
        if (tree[parent].call === wrapper) parent = tree[parent].parent;
        const call = Math.floor(next() ** 1.5 * sites);
        tree.push({ parent, call, site: call });
        depths.push(depths[parent] + 1);
        if (flat || next() > 0.3 || tree.length > stacks) continue;
        tree.push({ parent: tree.length - 1, call: wrapper, site: call });
        depths.push(depths.at(-1) + 1);
    }
    const tasks = ['main', 'net_rx', hostile[0], '日志任务', ''];
    const owners = tree.slice(1).map((_, at) => [at + 1, Math.floor(next() * tasks.length) || null]);
    const per = 250;
    const size = 65536;
    const held = new Float64Array(owners.length);
    const count = new Float64Array(owners.length);
    const changes = [];
    const starts = [0];
    const rows = { time: [], live: [], used: [], free: [], largest_free: [], used_blocks: [], free_blocks: [] };
    const frames = [];
    let peak = [0, 0];
    for (let column = 0; column < columns; column++) {
        for (let n = 0; n < 6; n++) {
            const owner = Math.floor(next() ** 2 * owners.length);
            const grows = next() < 0.6 || count[owner] === 0;
            const blocks = grows ? 1 : -1;
            const bytes = grows ? 8 + Math.floor(next() ** 3 * 300) : -Math.round(held[owner] / count[owner]);
            held[owner] += bytes;
            count[owner] += blocks;
            changes.push([owner, bytes, blocks]);
        }
        starts.push(changes.length);
        const live = held.reduce((sum, one) => sum + one, 0);
        const used = Math.min(size - 4000, live + 8 * count.reduce((sum, one) => sum + one, 0));
        if (live > peak[0]) peak = [live, (column + 1) * per];
        rows.time.push((column + 1) * 12_000);
        rows.live.push(live);
        rows.used.push(used);
        rows.free.push(size - used);
        rows.largest_free.push(Math.floor((size - used) * (1 - 0.8 * column / columns)));
        rows.used_blocks.push(count.reduce((sum, one) => sum + one, 0));
        rows.free_blocks.push(3 + (column >> 3));
        if (column === columns >> 1 || column === columns - 1) {
            frames.push(keyframe(blob, (column + 1) * per, column === columns - 1 ? 'failure' : 'regular', owners, held, count));
        }
    }
    const last = columns * per;
    const timeline = {
        columns, operations_per_column: per, failures: [{ operation: last >> 1, time: 1000, size: 4096, align: 8, task: 1, stack: 3, is_recorded: true }],
        tasks: [0, 1].map(task => ({ task, live: blob.row('u32', rows.live.map(one => one / 2)) })),
        live_peak: blob.row('u32', rows.live),
    };
    for (const [key, values] of Object.entries(rows)) timeline[key] = blob.row(key === 'time' ? 'f64' : 'u32', values);
    const curve = at => blob.row('f64', rows.live.map((live, column) => at === 0 ? column * column / 4 : at === 1 ? live / 9 : Math.min(4000, column * 100)));
    const heaviest = owners.map(([stack], at) => ({ site: tree[stack].site, task: owners[at][1], blocks: count[at], bytes: held[at] }))
        .sort((one, other) => other.bytes - one.bytes);
    const leak = (verdict, at, more = {}) => ({
        verdict, is_sure: verdict === 'unreachable' || verdict === 'growing', site: heaviest[at % heaviest.length].site, stack: owners[at % owners.length][0],
        bytes: 40_000 >> (at % 8), blocks: 100 + at, tasks: [[0, 20_000], [2, 1_000]], rises: 28 - at % 20, periods: 30, bytes_per_hour: 123456 >> (at % 9),
        curve: curve(at % 3), first_operation: 100, last_operation: 90_000, ...more,
    });
    return {
        name, kind: 'trace', program: hostile[1], word: 32, operations: last + 100, objects: 12_345, microseconds: columns * 12_000,
        live_peak: peak[0], live_peak_at: peak[1],
        pools: [{ name: '', configuration: 'tlsf', base: 0, size, granule: 8, control_block: 632, used: rows.used.at(-1), peak: Math.max(...rows.used), free: rows.free.at(-1), largest_free: rows.largest_free.at(-1), defects: [] }],
        tasks, calls, stacks: tree, notes: ['a note: <b>not bold</b>'], timeline, map: null,
        holdings: {
            columns, operations_per_column: per, owners, starts: blob.row('u32', starts), owner: blob.row('u32', changes.map(one => one[0])),
            bytes: blob.row('i32', changes.map(one => one[1])), blocks: blob.row('i32', changes.map(one => one[2])),
        },
        keyframes: frames,
        leaks: [leak('growing', 0), leak('unreachable', 1, { curve: null, periods: 0, bytes_per_hour: null }), leak('task-gone', 2), leak('creeping', 3),
            leak('flat', 4), leak('not-freed', 5, { site: null, stack: 0 }), ...Array.from({ length: Math.min(200, sites) }, (_, at) => leak('flat', at + 6))],
        failure: {
            pool: null, operation: last + 1, time: columns * 12_000, kind: 'allocate', request: 3000, align: 8, cause: 'fragmented', used: rows.used.at(-1),
            free: rows.free.at(-1), free_blocks: 53, largest_free: rows.largest_free.at(-1), task: 2, stack: owners.at(-1)[0],
            windows: [1, 2, 3].map(at => ({ address: 4096 * at, size: 9600 + at * 200, blocks: at, bytes: 64 * at, split: at * 3000, shares: heaviest.slice(at, at + 3) })),
            without: heaviest.slice(0, 12).map((one, at) => ({ function: calls[one.site].function, blocks: one.blocks, bytes: one.bytes, largest_free: 6000 + at * 900, serves: at > 3 })),
            holders: heaviest.slice(0, 10),
            changes: [
                change('configuration', { configuration: 'best', survives: true, memory: size - 100 }),
                change('configuration', { survives: false, memory: size + 96, fails_at: last + 7 }),
                change('fixed-objects', { survives: true, memory: size - 1024, moved: [{ site: null, sizes: [24, 40], bytes: 2048 }] }),
                change('own-pool', { survives: false, memory: size + 1024, fails_at: last + 9, moved: [{ site: heaviest[1].site, sizes: null, bytes: 8192 }] }),
                change('more-bytes', { survives: true, memory: size + 7000, bytes: size + 7000 }),
                change('alignment', { survives: false, memory: null }),
                change('together', {
                    survives: true, memory: size - 4096, steps: ['configuration', 'own-pool'], configuration: 'best',
                    moved: [{ site: heaviest[0].site, sizes: null, bytes: 4096 }],
                }),
            ],
        },
    };
};

const change = (kind, more) => ({ kind, configuration: 'tlsf', site: null, bytes: null, survives: false, memory: null, fails_at: null, moved: [], steps: [], ...more });

const keyframe = (blob, operation, kind, owners, held, count) => {
    const rows = { pool: [], offset: [], extent: [], size: [], state: [], stack: [], task: [], birth: [] };
    let offset = 640;
    owners.forEach(([stack, task], owner) => {
        for (let at = 0; at < count[owner]; at++) {
            const each = Math.floor(held[owner] / count[owner]);
            const size = at ? each : held[owner] - each * (count[owner] - 1);
            const add = (state, size, stack, task) => {
                Object.entries({ pool: 0, offset, extent: size + 8, size, state, stack, task, birth: operation / 2 }).forEach(([name, value]) => rows[name].push(value));
                offset += size + 8;
            };
            add(1, size, stack, task === null ? 0 : task + 1);
            if ((offset >> 3) % 9 === 0) add(0, 24, 0, 0);
        }
    });
    const types = { pool: 'u8', state: 'u8', task: 'u16', birth: 'f64' };
    return { operation, time: operation * 48, kind, ...Object.fromEntries(Object.entries(rows).map(([name, values]) => [name, blob.row(types[name] ?? 'u32', values)])) };
};

// A dump with two pools and defects.
export const dump = (blob, { corrupt = true } = {}) => {
    const made = trace(blob, { name: 'device.core', seed: 11 });
    const [frame] = made.keyframes;
    const defects = [
        { address: 0x20001010, length: 4, what: 'the header of this block says that it is 4,294,967,295 bytes long', block: 3, suspect: 2 },
        { address: 0x20001040, length: 0, what: hostile[1], block: null, suspect: null },
    ];
    const pool = (name, base, found) => ({ ...made.pools[0], name, base, used: 50_000, free: 15_536, largest_free: 7_000, peak: 61_000, defects: found });
    return {
        ...made, kind: 'dump', operations: 0, objects: 0, microseconds: null, timeline: null, holdings: null, failure: null, leaks: made.leaks.slice(1, 4),
        pools: [pool('heap', 0x20001000, corrupt ? defects : []), pool(hostile[0], 0x20020000, [])],
        keyframes: [{ ...frame, kind: 'dump', operation: 0, time: null }],
    };
};

export const page = (sources, diff = null) => ({ generator: 'litepool 0.1.0', sources, diff });

export const diffOf = (before, after) => ({
    rows: after.calls.slice(0, 30).map((site, at) => ({
        site, bytes: [4000 + at * 10, 4000 + at * 10 + (at % 3 ? 5000 >> at % 9 : -900)], blocks: [40, 40 + at % 5], by_number: at * 10.4, by_size: -at * 3.2,
    })),
    divergence: { operation: 1201, kinds: ['allocate', 'end'], sizes: [128, 0], sites: [2, null] },
});
