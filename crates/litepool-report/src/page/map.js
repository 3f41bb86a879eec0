// The map: addresses upwards, operations or time to the right, a pixel for each cell.
//
// All cells are painted once into an image, and again when the colouring or the filter changes; images of half, a
// quarter … of its width stand beside it. A frame is then one picture, scaled: the one with about a column for a pixel.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'map.title': 'Memory map',
            'map.about': 'Which address is used by whom, and when. Gaps that never close are fragmentation.',
            'map.cell': '{used} of these {bytes} are used', 'map.free': 'These {bytes} are free',
            'map.offset': 'offset', 'map.most': 'most of it by', 'map.task': 'task', 'map.age': 'its age', 'map.size': 'its size',
            'map.operations': 'from {n} operations', 'map.drawing': 'Memory map: address by time. The strip below has the same as a list.',
        },
        zh: {
            'map.title': '内存图',
            'map.about': '哪个地址在何时被谁使用。始终无法合拢的空隙就是碎片。',
            'map.cell': '这 {bytes}中已用 {used}', 'map.free': '这 {bytes}空闲',
            'map.offset': '偏移', 'map.most': '主要由', 'map.task': '任务', 'map.age': '存活', 'map.size': '大小',
            'map.operations': '{n} 次操作以上', 'map.drawing': '内存图：地址与时间。下方的条带以列表给出同样的内容。',
        },
    });

    // The painted images, the full one first.
    const paint = map => {
        const colouring = Report.colouring();
        const shown = Report.shown(colouring);
        const shades = Report.shades(colouring);
        const [used, owner, age, size] = [map.used, map.owner, map.age, map.size].map(Report.row);
        const left = colouring.categories.length;
        const categoryOf = map.owners.map(([stack, task]) => {
            const category = shown(stack, task, 0, 0);
            return category < 0 ? left : category;
        });
        const passes = map.owners.map(([stack, task]) => Report.matches(stack, task));
        const bySize = new Uint8Array(256).map((_, power) => {
            const category = colouring.of(0, null, power, power);
            return Report.state.hidden.includes(category) ? left : category;
        });
        const value = colouring.way === 'age' ? age : size;
        const image = new ImageData(map.columns, map.rows);
        const pixels = new Uint32Array(image.data.buffer);
        const eighths = new Uint8Array(256).map((_, at) => Report.eighths(at));
        let cell = 0;
        for (let column = 0; column < map.columns; column++) {
            let at = (map.rows - 1) * map.columns + column;
            for (let row = 0; row < map.rows; row++, cell++, at -= map.columns) {
                const category = !colouring.isQuantity ? categoryOf[owner[cell]]
                    : passes[owner[cell]] ? bySize[value[cell]] : left;
                pixels[at] = shades[category * 9 + eighths[used[cell]]];
            }
        }
        const images = [h('canvas', { width: map.columns, height: map.rows })];
        images[0].getContext('2d').putImageData(image, 0, 0);
        while (images.at(-1).width > 256) {
            const larger = images.at(-1);
            const half = h('canvas', { width: Math.ceil(larger.width / 2), height: map.rows });
            const context = half.getContext('2d');
            context.imageSmoothingEnabled = true;
            context.drawImage(larger, 0, 0, larger.width / 2, map.rows);
            images.push(half);
        }
        return images;
    };

    const height = (width, map) => {
        const wanted = width < 560 ? 240 : width < 1600 ? 360 : 460;
        return Math.max(1, Math.round(wanted / map.rows)) * map.rows + 26;
    };

    let images = null;

    const draw = (context, width, tall) => {
        const { map } = Report.source();
        const { left, right } = Report.margins(width);
        const wide = width - left - right;
        const high = tall - 26;
        images ??= paint(map);
        context.imageSmoothingEnabled = false;
        context.save();
        context.beginPath();
        context.rect(left, 0, wide, high);
        context.clip();
        context.fillStyle = Report.style('free');
        context.fillRect(left, 0, wide, high);
        if (Report.state.axis === 'time' && Report.axis.hasTime()) drawByTime(context, map, left, wide, high);
        else drawByOperations(context, map, left, wide, high);
        context.restore();
        drawScales(context, map, left, wide, high);
    };

    const drawByOperations = (context, map, left, wide, high) => {
        const first = Report.axis.at(0, wide) / map.operations_per_column;
        const last = Report.axis.at(wide, wide) / map.operations_per_column;
        const real = wide * (window.devicePixelRatio || 1);
        let level = 0;
        while (level + 1 < images.length && (last - first) / 2 ** (level + 1) >= real * 0.75) level += 1;
        const scale = images[level].width / map.columns;
        const ends = Math.min(last, map.columns);
        context.drawImage(images[level], first * scale, 0, (ends - first) * scale, map.rows,
            left, 0, wide * (ends - first) / Math.max(1e-9, last - first), high);
    };

    // Columns of equally many operations have unequal widths in time.
    const drawByTime = (context, map, left, wide, high) => {
        const [first] = Report.columnsOfPixels(map, Math.ceil(wide));
        let start = 0;
        for (let x = 1; x <= first.length; x++) {
            if (x < first.length && first[x] === first[start]) continue;
            context.drawImage(images[0], first[start], 0, 1, map.rows, left + start, 0, x - start, high);
            start = x;
        }
    };

    const drawScales = (context, map, left, wide, high) => {
        context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
        context.fillStyle = Report.style('soft');
        context.strokeStyle = Report.style('line');
        context.textAlign = 'right';
        context.textBaseline = 'middle';
        const all = map.rows * map.bytes_per_row;
        for (const value of Report.roundBytes(all)) {
            context.fillText(format.bytes(value), left - 8, Math.min(high - 6, Math.max(7, high * (1 - value / all))));
        }
        context.textBaseline = 'top';
        for (const { x, text } of Report.axis.ticks(wide)) {
            context.beginPath();
            context.moveTo(Math.round(left + x) + 0.5, high);
            context.lineTo(Math.round(left + x) + 0.5, high + 5);
            context.stroke();
            context.textAlign = x < 20 ? 'left' : x > wide - 24 ? 'right' : 'center';
            context.fillText(text, left + x, high + 9);
        }
    };

    // What is known of a cell: of a map's row (from the lowest address) after an operation.
    Report.cellAt = (operation, row) => {
        const { map } = Report.source();
        const at = Report.columnOf(map, operation) * map.rows + row;
        const [stack, task] = map.owners[Report.row(map.owner)[at]] ?? [0, null];
        return {
            offset: row * map.bytes_per_row, bytes: map.bytes_per_row, used: Report.row(map.used)[at], stack, task,
            age: Report.row(map.age)[at], size: Report.row(map.size)[at],
        };
    };

    Report.cellInWords = cell => {
        const used = Math.max(cell.used ? 1 : 0, Math.round(cell.used / 255 * cell.bytes));
        const colouring = Report.colouring();
        const category = colouring.categories[colouring.of(cell.stack, cell.task, cell.age, cell.size)];
        return [
            h('b', {}, cell.used ? t('map.cell', { used: format.count(used), bytes: format.exact(cell.bytes) })
                : t('map.free', { bytes: format.exact(cell.bytes) })),
            Report.facts([
                [t('map.offset'), format.count(cell.offset)],
                cell.used && [t('map.most'), Report.names.call(Report.siteOf(cell.stack)), category?.colour],
                cell.used && cell.task !== null && [t('map.task'), Report.names.task(cell.task)],
                cell.used && [t('map.size'), t('colours.from', { value: format.bytes(2 ** cell.size) })],
                cell.used && [t('map.age'), t('map.operations', { n: 2 ** cell.age })],
            ]),
        ];
    };

    let parts = null;

    Report.section('map', {
        available: source => Boolean(source.map?.columns),
        render: (element, source) => {
            images = null;
            const { map } = source;
            const canvas = h('canvas', {});
            const stage = h('div', { class: 'stage', tabindex: 0, role: 'img', 'aria-label': t('map.drawing') }, canvas);
            const tip = Report.tip(stage);
            const cursor = Report.cursor(stage);
            const list = h('div', {}, Report.legend(source));
            element.append(list, stage);
            const again = Report.canvas(canvas, width => height(width, map), draw);
            Report.gestures(stage, {
                hover: at => {
                    cursor.hover(at);
                    const high = canvas.clientHeight - 26;
                    if (!at || at.y > high) return tip(null);
                    const row = Math.min(map.rows - 1, Math.max(0, Math.floor((1 - at.y / high) * map.rows)));
                    tip(at, h('div', { class: 'soft' }, t('moment.operation', { operation: format.count(at.operation) })),
                        Report.cellInWords(Report.cellAt(at.operation, row)));
                },
            });
            parts = { again, cursor, list };
        },
        update: changed => {
            if (Report.legendChanges.some(name => changed.has(name))) {
                images = null;
                parts.list.replaceChildren(...Report.legend(Report.source()));
                parts.again();
            } else if (changed.has('view') || changed.has('axis')) {
                parts.again();
            }
            parts.cursor.update();
        },
    });
}
