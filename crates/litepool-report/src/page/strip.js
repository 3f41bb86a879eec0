// The pool at one moment: its addresses in rows, as a defragmenter shows a disk. At a keyframe, and in a dump, every
// block; at other moments what the cells of the map know.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'strip.title': 'The pool at this moment',
            'strip.exact': 'Every block is known here: {used} used, {free} free.',
            'strip.cells': 'Between keyframes cells of {bytes} are known, each by the block that has most of it.',
            'strip.nearest': 'To the nearest moment with all blocks',
            'strip.drawing': 'The pool, lowest address first. Arrow keys go from block to block.',
            'strip.block': 'Block', 'strip.hint': 'Point at a block, or go to it with the arrow keys, to see what it is.',
            'strip.state': 'state', 'strip.free': 'free', 'strip.used': 'used', 'strip.slab': 'slab', 'strip.object': 'object in a slab', 'strip.control': 'control block',
            'strip.offset': 'offset', 'strip.address': 'address', 'strip.size': 'usable size', 'strip.extent': 'with header',
            'strip.waste': 'header and rounding', 'strip.task': 'task', 'strip.site': 'call site', 'strip.age': 'age',
            'strip.operations': '{n} operations', 'strip.stack': 'Call stack, innermost first', 'strip.unknown': 'The call stack is not known.',
            'strip.only': 'Only this call site', 'strip.table': 'The largest blocks as a table', 'strip.defect': 'defect',
            'strip.pool': 'Pool “{name}”', 'strip.unnamed': 'Pool at {address}',
        },
        zh: {
            'strip.title': '此刻的内存池',
            'strip.exact': '此处每个块均已知：{used} 个已用，{free} 个空闲。',
            'strip.cells': '关键帧之间只知道每 {bytes}的单元，以占其多数的块表示。',
            'strip.nearest': '到最近的含全部块的时刻',
            'strip.drawing': '内存池，低地址在前。方向键逐块移动。',
            'strip.block': '块', 'strip.hint': '指向某个块，或用方向键移到它，即可查看。',
            'strip.state': '状态', 'strip.free': '空闲', 'strip.used': '已用', 'strip.slab': 'slab', 'strip.object': 'slab 中的对象', 'strip.control': '控制块',
            'strip.offset': '偏移', 'strip.address': '地址', 'strip.size': '可用大小', 'strip.extent': '含块头',
            'strip.waste': '块头与取整', 'strip.task': '任务', 'strip.site': '调用点', 'strip.age': '存活',
            'strip.operations': '{n} 次操作', 'strip.stack': '调用栈，最内层在前', 'strip.unknown': '调用栈未知。',
            'strip.only': '只看此调用点', 'strip.table': '以表格显示最大的块', 'strip.defect': '缺陷',
            'strip.pool': '内存池“{name}”', 'strip.unnamed': '位于 {address} 的内存池',
        },
    });

    const rows = ['pool', 'offset', 'extent', 'size', 'state', 'stack', 'task', 'birth'];
    const unpack = frame => Object.fromEntries(rows.map(name => [name, Report.row(frame[name])]));

    // What is drawn of a pool: items in the order of addresses, the ends of each in bytes, and how it looks.
    // Of blocks `index` is that in the keyframe, of cells the map's row.
    const blocksOf = (frame, pool) => {
        const all = unpack(frame);
        const items = [];
        for (let index = 0; index < all.pool.length; index++) if (all.pool[index] === pool) items.push(index);
        const operation = frame.operation;
        return {
            isExact: true, all, items, operation,
            start: index => all.offset[index], length: index => all.extent[index],
            isFree: index => all.state[index] === 0,
            of: (index, shown) => shown(all.stack[index], all.task[index] - 1,
                Math.floor(Math.log2(Math.max(1, operation - all.birth[index]))), Math.floor(Math.log2(Math.max(1, all.size[index])))),
        };
    };

    const cellsOf = (map, moment) => {
        const items = Array.from({ length: map.rows }, (_, row) => row);
        const cells = items.map(row => Report.cellAt(moment, row));
        return {
            isExact: false, items, cells,
            start: row => row * map.bytes_per_row, length: () => map.bytes_per_row,
            isFree: row => cells[row].used === 0,
            of: (row, shown) => shown(cells[row].stack, cells[row].task ?? -1, cells[row].age, cells[row].size),
        };
    };

    const contents = pool => {
        const frame = Report.keyframe();
        const { map } = Report.source();
        if (frame) return blocksOf(frame, pool);
        return map ? cellsOf(map, Report.state.moment) : null;
    };

    // The picture's rows: as many as let the smallest blocks be seen, as far as there is room.
    const layout = (width, pool) => {
        const density = window.devicePixelRatio || 1;
        const pixels = Math.max(1, Math.floor(width * density));
        const wanted = Math.ceil(pool.size / (pixels * Math.max(8, pool.granule || 8)));
        const limit = width < 560 ? 32 : 20;
        const count = Math.min(limit, Math.max(width < 560 ? 12 : 6, wanted));
        const high = count > 12 ? 16 : 20;
        return { density, pixels, count, high, gap: 3, height: count * (high + 3) - 3, bytesPerPixel: Math.max(1, pool.size) / (pixels * count) };
    };

    // Paints the rows as one line of pixels, then cuts it.
    const paint = (context, place, what, pool) => {
        const colouring = Report.colouring();
        const shown = Report.shown(colouring);
        const shades = Report.shades(colouring);
        const left = colouring.categories.length;
        const total = place.pixels * place.count;
        const line = new Uint32Array(total).fill(Report.pixelOf('free'));
        const slab = Report.pixelOf('slab');
        const edge = Report.pixelOf('card');
        if (what.isExact) line.fill(slab, 0, Math.floor(pool.control_block / place.bytesPerPixel));
        for (const index of what.items) {
            if (what.isFree(index)) continue;
            const first = Math.floor(what.start(index) / place.bytesPerPixel);
            const last = Math.min(total, Math.max(first + 1, Math.ceil((what.start(index) + what.length(index)) / place.bytesPerPixel)));
            const category = what.of(index, shown);
            const eighths = what.isExact ? 8 : Report.eighths(what.cells[index].used);
            const isSlab = what.isExact && what.all.state[index] === 2;
            line.fill(isSlab ? slab : shades[(category < 0 ? left : category) * 9 + eighths], first, last);
            if (what.isExact && last - first > 3) {
                line[first] = edge;
                const waste = Math.floor((what.length(index) - what.all.size[index]) / place.bytesPerPixel);
                if (!isSlab && waste > 0) line.fill(shades[(category < 0 ? left : category) * 9 + 2], Math.max(first + 1, last - waste), last);
            }
        }
        const high = Math.round(place.high * place.density);
        const gap = Math.round(place.gap * place.density);
        const image = new ImageData(place.pixels, high * place.count + gap * (place.count - 1));
        const pixels = new Uint32Array(image.data.buffer);
        for (let row = 0; row < place.count; row++) {
            const part = line.subarray(row * place.pixels, (row + 1) * place.pixels);
            for (let y = 0; y < high; y++) pixels.set(part, (row * (high + gap) + y) * place.pixels);
        }
        context.putImageData(image, 0, 0);
    };

    // A block as boxes, one in each row that it reaches into.
    const boxes = (place, start, length, width) => {
        const perRow = place.bytesPerPixel * place.pixels;
        const parts = [];
        const first = Math.floor(start / perRow);
        const last = Math.min(place.count - 1, Math.floor((start + Math.max(1, length) - 1) / perRow));
        for (let row = first; row <= last; row++) {
            const from = Math.max(0, start - row * perRow) / perRow * width;
            const to = Math.min(perRow, start + length - row * perRow) / perRow * width;
            parts.push([from, row * (place.high + place.gap), Math.max(2, to - from), place.high]);
        }
        return parts;
    };

    const outline = (context, place, width, start, length, colour, thick) => {
        context.strokeStyle = colour;
        context.lineWidth = thick;
        for (const [x, y, wide, high] of boxes(place, start, length, width).slice(0, 200)) context.strokeRect(x, y, wide, high);
    };

    // The item at a byte: the last that starts there or before; an object rather than its slab.
    const itemAt = (what, byte) => {
        let low = 0;
        let high = what.items.length - 1;
        while (low < high) {
            const middle = (low + high + 1) >> 1;
            if (what.start(what.items[middle]) <= byte) low = middle;
            else high = middle - 1;
        }
        for (let at = low; at >= 0 && at > low - 4096; at--) {
            const index = what.items[at];
            if (index !== undefined && byte < what.start(index) + what.length(index)) return at;
            if (!what.isExact || what.all.state[index] < 2) break;
        }
        return Math.min(low, what.items.length - 1);
    };

    const states = ['free', 'used', 'slab', 'object'];

    const describe = (what, index, pool) => {
        if (!what.isExact) return Report.cellInWords(what.cells[index]);
        const { offset, extent, size, state, stack, task, birth } = what.all;
        const isUsed = state[index] & 1;
        return [
            h('b', {}, t(`strip.${states[state[index]]}`), ' · ', format.exact(size[index])),
            Report.facts([
                [t('strip.offset'), format.count(offset[index])],
                pool.base ? [t('strip.address'), format.address(pool.base + offset[index])] : null,
                [t('strip.extent'), format.exact(extent[index])],
                isUsed && extent[index] > size[index] ? [t('strip.waste'), format.exact(extent[index] - size[index])] : null,
                isUsed && stack[index] ? [t('strip.site'), Report.names.call(Report.siteOf(stack[index]))] : null,
                isUsed && task[index] ? [t('strip.task'), Report.names.task(task[index] - 1)] : null,
                isUsed && birth[index] ? [t('strip.age'), t('strip.operations', { n: what.operation - birth[index] })] : null,
            ]),
        ];
    };

    const details = (what, index, pool) => {
        const stack = what.isExact ? what.all.stack[index] : what.cells[index].stack;
        const isUsed = !what.isFree(index);
        const calls = isUsed ? Report.callsOf(stack) : [];
        const site = Report.siteOf(stack);
        return [
            ...describe(what, index, pool),
            calls.length > 0 && [h('div', { class: 'soft' }, t('strip.stack')),
                h('ol', { class: 'calls' }, calls.map(call => h('li', { class: call === site ? 'site' : null }, Report.names.call(call)))),
                h('button', { type: 'button', onclick: () => Report.setFilter({ site: Report.state.filter.site === site ? null : site }) }, t('strip.only'))],
            isUsed && !calls.length && h('p', { class: 'soft' }, t('strip.unknown')),
        ].flat().filter(Boolean);
    };

    const table = (what, pool) => {
        const { all } = what;
        const largest = what.items.slice().sort((one, other) => all.extent[other] - all.extent[one]).slice(0, 100);
        return h('div', { class: 'scroll' }, h('table', {},
            h('thead', {}, h('tr', {}, ['offset', 'extent', 'size', 'state', 'task', 'site'].map((name, at) =>
                h('th', { scope: 'col', class: at < 3 ? 'number' : null }, t(`strip.${name}`))))),
            h('tbody', {}, largest.map(index => h('tr', {},
                h('td', { class: 'number' }, pool.base ? format.address(pool.base + all.offset[index]) : format.count(all.offset[index])),
                h('td', { class: 'number' }, format.count(all.extent[index])), h('td', { class: 'number' }, format.count(all.size[index])),
                h('td', {}, t(`strip.${states[all.state[index]]}`)),
                h('td', {}, all.task[index] ? Report.names.task(all.task[index] - 1) : ''),
                h('td', {}, all.stack[index] ? Report.names.call(Report.siteOf(all.stack[index])) : ''))))));
    };

    // One pool: a stage, what stands under the pointer, what was chosen.
    const strip = (pool, number) => {
        const canvas = h('canvas', {});
        const above = h('canvas', { class: 'above' });
        const stage = h('div', { class: 'stage', tabindex: 0, role: 'group', 'aria-label': t('strip.drawing') }, canvas, above);
        const panel = h('div', { class: 'panel' }, h('p', { class: 'soft' }, t('strip.hint')));
        const tip = Report.tip(stage);
        let what = null;
        let chosen = -1;
        let pointed = -1;

        const drawAbove = Report.canvas(above, width => layout(width, pool).height, (context, width) => {
            const place = layout(width, pool);
            for (const defect of pool.defects) outline(context, place, width, defect.address - pool.base, Math.max(1, defect.length), Report.style('bad'), 3);
            const contrast = Report.style('moment');
            for (const at of new Set([pointed, chosen])) {
                const index = what?.items[at];
                if (index !== undefined) outline(context, place, width, what.start(index), what.length(index), contrast, at === chosen ? 2.5 : 1.5);
            }
        });
        const again = Report.canvas(canvas, width => layout(width, pool).height, (context, width) => {
            what = contents(number);
            if (what) paint(context, layout(width, pool), what, pool);
        });
        const choose = at => {
            if (!what?.items.length) return;
            chosen = Math.min(what.items.length - 1, Math.max(0, at));
            const index = what.items[chosen];
            panel.replaceChildren(...details(what, index, pool));
            if (what.isExact) Report.set({ block: index });
            Report.say(panel.innerText.split('\n').slice(0, 12).join(', '));
            drawAbove();
        };
        const byteAt = event => {
            const box = canvas.getBoundingClientRect();
            const place = layout(box.width, pool);
            const row = Math.min(place.count - 1, Math.max(0, Math.floor((event.clientY - box.top) / (place.high + place.gap))));
            const share = Math.min(0.999999, Math.max(0, (event.clientX - box.left) / box.width));
            return { x: event.clientX - box.left, y: event.clientY - box.top, byte: (row + share) * place.pixels * place.bytesPerPixel };
        };
        stage.addEventListener('pointermove', event => {
            if (!what?.items.length) return;
            const at = byteAt(event);
            const isControl = what.isExact && at.byte < Math.min(pool.control_block, what.start(what.items[0]));
            pointed = isControl ? -1 : itemAt(what, at.byte);
            tip(at, isControl ? h('b', {}, t('strip.control'), ' · ', format.exact(pool.control_block))
                : describe(what, what.items[pointed], pool));
            drawAbove();
        });
        stage.addEventListener('pointerleave', () => { pointed = -1; tip(null); drawAbove(); });
        stage.addEventListener('click', event => { if (what?.items.length) choose(itemAt(what, byteAt(event).byte)); });
        stage.addEventListener('keydown', event => {
            if (!what?.items.length) return;
            const perRow = layout(Report.widthOf(canvas), pool).pixels * layout(Report.widthOf(canvas), pool).bytesPerPixel;
            const beside = rows => itemAt(what, Math.min(pool.size - 1, Math.max(0, what.start(what.items[Math.max(0, chosen)]) + rows * perRow)));
            const next = {
                ArrowLeft: () => chosen - 1, ArrowRight: () => chosen + 1, ArrowUp: () => beside(-1), ArrowDown: () => beside(1),
                Home: () => 0, End: () => what.items.length - 1,
            }[event.key];
            if (!next) return;
            event.preventDefault();
            choose(next());
        });
        return {
            // The block of the state, if it is one of this pool.
            update: changed => {
                again();
                if (changed.has('moment')) {
                    chosen = pointed = -1;
                    tip(null);
                    panel.replaceChildren(h('p', { class: 'soft' }, t('strip.hint')));
                }
                const at = what?.isExact && Report.state.block !== null ? what.items.indexOf(Report.state.block) : -1;
                if (at >= 0 && at !== chosen) choose(at);
                drawAbove();
            },
            isExact: () => Boolean(what?.isExact),
            element: h('div', { class: 'strip' }, h('div', { class: 'picture' }, stage), panel),
            table: () => what?.isExact && table(what, pool),
        };
    };

    const head = source => {
        const frame = Report.keyframe();
        if (frame) {
            const state = Report.row(frame.state);
            let free = 0;
            let slabs = 0;
            for (const one of state) { if (one === 0) free += 1; else if (one === 2) slabs += 1; }
            return [t('strip.exact', { used: format.count(state.length - free - slabs), free: format.count(free) })];
        }
        return [t('strip.cells', { bytes: format.exact(source.map?.bytes_per_row ?? 0) }), ' ',
            source.keyframes.length > 0 && h('button', { type: 'button', id: 'nearest', onclick: () => Report.goTo(Report.nearestKeyframe().operation) }, t('strip.nearest'))].filter(Boolean);
    };

    let parts = null;

    Report.section('strip', {
        available: source => source.pools.length > 0 && (source.keyframes.length > 0 || Boolean(source.map?.columns)),
        render: (element, source) => {
            const about = h('p', { class: 'about' }, head(source));
            const strips = source.pools.map(strip);
            const list = h('div', {}, source.map?.columns ? [] : Report.legend(source));
            const tables = h('div', {});
            const details = h('details', {
                ontoggle: () => { if (details.open) fill(); },
            }, h('summary', {}, t('strip.table')), tables);
            const fill = () => tables.replaceChildren(...strips.map(one => one.table()).filter(Boolean));
            element.append(about, list, ...strips.flatMap((one, number) => {
                const pool = source.pools[number];
                const name = pool.name ? t('strip.pool', { name: pool.name }) : t('strip.unnamed', { address: format.address(pool.base) });
                return [source.pools.length > 1 || source.kind !== 'trace' ? h('h3', {}, name) : '', one.element];
            }), details);
            parts = { about, strips, list, details, fill };
            details.hidden = !Report.keyframe();
        },
        update: changed => {
            const source = Report.source();
            if (!['moment', 'block', ...Report.legendChanges].some(name => changed.has(name))) return;
            parts.about.replaceChildren(...head(source));
            if (!source.map?.columns && Report.legendChanges.some(name => changed.has(name))) parts.list.replaceChildren(...Report.legend(source));
            for (const one of parts.strips) one.update(changed);
            parts.details.hidden = !Report.keyframe();
            if (parts.details.open && changed.has('moment')) parts.fill();
        },
    });
}
