// The pool over time: what is live by task, what is used, what is free, how fragmented that is, what was refused.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'timeline.title': 'Timeline',
            'timeline.about': 'Requested bytes that are live, stacked by task; what the pool uses for them; and what is left.',
            'timeline.live': 'live bytes', 'timeline.peak': 'peak', 'timeline.failure': 'refused',
            'timeline.pool': 'pool {bytes}', 'timeline.free': 'free in all', 'timeline.largest': 'largest free block',
            'timeline.axis': 'Axis', 'timeline.operations': 'operations', 'timeline.time': 'time',
            'timeline.in': 'Zoom in', 'timeline.out': 'Zoom out', 'timeline.all': 'Show all',
            'timeline.table': 'As a table', 'timeline.operation': 'operation', 'timeline.when': 'time',
            'timeline.refused': 'Refused: {bytes}', 'timeline.drawing': 'Timeline: {moment}. Arrow keys move the moment.',
        },
        zh: {
            'timeline.title': '时间线',
            'timeline.about': '按任务堆叠的存活请求字节；内存池为此所用；以及剩余的空间。',
            'timeline.live': '存活字节', 'timeline.peak': '峰值', 'timeline.failure': '被拒绝',
            'timeline.pool': '内存池 {bytes}', 'timeline.free': '空闲总计', 'timeline.largest': '最大空闲块',
            'timeline.axis': '横轴', 'timeline.operations': '操作', 'timeline.time': '时间',
            'timeline.in': '放大', 'timeline.out': '缩小', 'timeline.all': '显示全部',
            'timeline.table': '以表格显示', 'timeline.operation': '操作', 'timeline.when': '时间',
            'timeline.refused': '被拒绝：{bytes}', 'timeline.drawing': '时间线：{moment}。方向键移动时刻。',
        },
    });

    // Colours of the tasks of the timeline, the same as when the map is coloured by task.
    const colourOf = index => index < Report.categories ? Report.category(index) : Report.style('others');

    const layout = width => {
        const { left, right } = Report.margins(width);
        const main = width < 560 ? 170 : width < 1600 ? 230 : 290;
        return { left, width: width - left - right, main: [14, main], free: [main + 40, 74], torn: [main + 140, 44], height: main + 212 };
    };

    // For each pixel the column that is drawn there: the one with the most live bytes, so that no peak is missed.
    const tops = (timeline, pixels) => {
        const peak = Report.row(timeline.live_peak);
        const [first, last] = Report.columnsOfPixels(timeline, pixels);
        const top = first.slice();
        for (let x = 0; x < pixels; x++) {
            for (let column = first[x] + 1; column <= last[x]; column++) if (peak[column] > peak[top[x]]) top[x] = column;
        }
        return { first, last, top };
    };

    const area = (context, pixels, left, bottom, heightAt, baseAt) => {
        context.beginPath();
        for (let x = 0; x < pixels; x++) { context.lineTo(left + x, bottom - heightAt(x)); context.lineTo(left + x + 1, bottom - heightAt(x)); }
        for (let x = pixels - 1; x >= 0; x--) { context.lineTo(left + x + 1, bottom - baseAt(x)); context.lineTo(left + x, bottom - baseAt(x)); }
        context.fill();
    };

    const line = (context, pixels, left, bottom, heightAt) => {
        context.beginPath();
        for (let x = 0; x < pixels; x++) { context.lineTo(left + x, bottom - heightAt(x)); context.lineTo(left + x + 1, bottom - heightAt(x)); }
        context.stroke();
    };

    const scale = (context, place, [top, height], most, ends) => {
        context.strokeStyle = Report.style('line');
        context.fillStyle = Report.style('soft');
        context.textAlign = 'right';
        context.textBaseline = 'middle';
        for (const [value, text] of ends) {
            const y = Math.round(top + height - value / most * height) + 0.5;
            context.beginPath();
            context.moveTo(place.left, y);
            context.lineTo(place.left + place.width, y);
            context.stroke();
            context.fillText(text, place.left - 8, Math.max(8, y));
        }
    };

    const drawMain = (context, place, source, pixels, { first, last, top }) => {
        const { timeline, pools } = source;
        const [up, height] = place.main;
        const bottom = up + height;
        const used = Report.row(timeline.used);
        let most = 1;
        for (const value of used) if (value > most) most = value;
        for (const value of Report.row(timeline.live_peak)) if (value > most) most = value;
        const size = pools[0]?.size ?? 0;
        // The pool's end is in the drawing unless it would press all else flat.
        most = size && size < most * 4 ? Math.max(size, most) : most * 1.05;
        scale(context, place, place.main, most, Report.roundBytes(most).map(value => [value, format.bytes(value)]));
        const base = new Float32Array(pixels);
        const y = value => value / most * height;
        const stack = timeline.tasks.length ? timeline.tasks : [{ task: null, live: timeline.live }];
        stack.forEach((task, index) => {
            const row = Report.row(task.live);
            const next = base.slice();
            for (let x = 0; x < pixels; x++) next[x] += y(row[top[x]]);
            const isShown = Report.state.filter.task === null || Report.state.filter.task === (task.task ?? -2);
            context.fillStyle = isShown ? colourOf(index) : Report.style('dimmed');
            area(context, pixels, place.left, bottom, x => next[x], x => base[x]);
            base.set(next);
        });
        const peak = Report.row(timeline.live_peak);
        context.strokeStyle = Report.style('soft');
        context.lineWidth = 1;
        line(context, pixels, place.left, bottom, x => y(peak[top[x]]));
        context.strokeStyle = Report.style('text');
        context.lineWidth = 1;
        line(context, pixels, place.left, bottom, x => {
            let highest = 0;
            for (let column = first[x]; column <= last[x]; column++) if (used[column] > highest) highest = used[column];
            return y(highest);
        });
        if (size && size <= most) {
            context.setLineDash([6, 4]);
            context.strokeStyle = Report.style('bad');
            context.beginPath();
            context.moveTo(place.left, bottom - y(size));
            context.lineTo(place.left + place.width, bottom - y(size));
            context.stroke();
            context.setLineDash([]);
        }
    };

    const drawFree = (context, place, source, pixels, { first, last }) => {
        const free = Report.row(source.timeline.free);
        const largest = Report.row(source.timeline.largest_free);
        let most = 1;
        for (const value of free) if (value > most) most = value;
        const least = (row, x) => {
            let value = row[first[x]];
            for (let column = first[x] + 1; column <= last[x]; column++) if (row[column] < value) value = row[column];
            return value;
        };
        const [top, height] = place.free;
        scale(context, place, place.free, most, [[0, '0'], [most, format.bytes(most)]]);
        context.fillStyle = Report.style('free-all');
        area(context, pixels, place.left, top + height, x => least(free, x) / most * height, () => 0);
        context.fillStyle = Report.style('free-largest');
        area(context, pixels, place.left, top + height, x => Math.min(least(largest, x), least(free, x)) / most * height, () => 0);

        const [tornTop, tornHeight] = place.torn;
        scale(context, place, place.torn, 1, [[0, '0'], [1, '100%']]);
        const torn = x => {
            let worst = 0;
            for (let column = first[x]; column <= last[x]; column++) {
                if (free[column]) worst = Math.max(worst, 1 - Math.min(1, largest[column] / free[column]));
            }
            return worst;
        };
        const worst = Float32Array.from({ length: pixels }, (_, x) => torn(x));
        context.fillStyle = Report.style('torn');
        area(context, pixels, place.left, tornTop + tornHeight, x => worst[x] * tornHeight, () => 0);
    };

    const mark = (context, place, operation, colour, text) => {
        const x = Report.axis.x(operation, place.width);
        if (x < 0 || x > place.width + 0.5) return;
        context.fillStyle = context.strokeStyle = colour;
        context.lineWidth = 1.5;
        context.beginPath();
        context.moveTo(place.left + x, place.main[0]);
        context.lineTo(place.left + x, place.torn[0] + place.torn[1]);
        context.stroke();
        context.beginPath();
        context.moveTo(place.left + x, place.main[0] + 2);
        context.lineTo(place.left + x - 6, place.main[0] - 8);
        context.lineTo(place.left + x + 6, place.main[0] - 8);
        context.fill();
        const isRight = x > place.width - 90;
        context.textAlign = isRight ? 'right' : 'left';
        context.textBaseline = 'middle';
        context.fillText(text, place.left + x + (isRight ? -10 : 10), place.main[0] - 6);
    };

    const drawMarks = (context, place, source) => {
        const { failures } = source.timeline;
        // Many refusals are thin lines; the failure that ends it all has its name.
        context.fillStyle = Report.style('bad');
        for (const refusal of failures.slice(0, 2000)) {
            const x = Report.axis.x(refusal.operation, place.width);
            if (x >= 0 && x <= place.width) context.fillRect(place.left + x, place.main[0], 1, place.main[1]);
        }
        const isTold = !source.failure || Math.abs(Report.axis.x(source.live_peak_at, place.width)
            - Report.axis.x(source.failure.operation - 1, place.width)) > 110;
        mark(context, place, source.live_peak_at, Report.style('soft'), isTold ? t('timeline.peak') : '');
        if (source.failure) mark(context, place, source.failure.operation - 1, Report.style('bad'), t('moment.failure'));
    };

    const drawAxis = (context, place) => {
        context.fillStyle = Report.style('soft');
        context.strokeStyle = Report.style('line');
        context.textBaseline = 'top';
        const y = place.torn[0] + place.torn[1];
        for (const { x, text } of Report.axis.ticks(place.width)) {
            context.beginPath();
            context.moveTo(Math.round(place.left + x) + 0.5, y);
            context.lineTo(Math.round(place.left + x) + 0.5, y + 5);
            context.stroke();
            context.textAlign = x < 20 ? 'left' : x > place.width - 24 ? 'right' : 'center';
            context.fillText(text, place.left + x, y + 8);
        }
        context.textAlign = 'left';
        context.textBaseline = 'alphabetic';
        const names = [['timeline.free', 'free', 'soft'], ['moment.fragmentation', 'torn', 'soft']];
        for (const [word, lane] of names) {
            context.fillText(lane === 'free' ? `${t(word)} · ${t('timeline.largest')}` : t(word), place.left, place[lane][0] - 5);
        }
    };

    let parts = null;

    const draw = (context, width) => {
        const source = Report.source();
        const place = layout(width);
        const pixels = Math.max(1, Math.floor(place.width));
        const columns = tops(source.timeline, pixels);
        context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
        drawMain(context, place, source, pixels, columns);
        drawFree(context, place, source, pixels, columns);
        drawMarks(context, place, source);
        drawAxis(context, place);
    };

    // What stands under the pointer.
    const told = operation => {
        const source = Report.source();
        const pool = Report.poolAt(operation);
        const time = Report.axis.timeAt(operation);
        const tasks = source.timeline.tasks.map((task, index) => ({ task, index, live: Report.row(task.live)[pool.column] }))
            .filter(one => one.live).sort((one, other) => other.live - one.live).slice(0, 5);
        return [
            h('b', {}, t('moment.operation', { operation: format.count(operation) }), time === null ? '' : ` · ${format.time(time)}`),
            Report.facts([
                [t('moment.live'), format.exact(pool.live)],
                [t('moment.used'), format.exact(pool.used)],
                [t('moment.free'), format.exact(pool.free), Report.style('free-all')],
                [t('moment.largest'), format.exact(pool.largest), Report.style('free-largest')],
                [t('moment.fragmentation'), format.percent(pool.fragmentation), Report.style('torn')],
                ...source.timeline.tasks.length > 1 ? tasks.map(({ task, index, live }) => [
                    task.task === null ? t('names.others') : Report.names.task(task.task), format.exact(live), colourOf(index)]) : [],
            ]),
        ];
    };

    const table = source => {
        const { timeline } = source;
        const last = Report.lastOperation();
        const places = new Set([source.live_peak_at, last].filter(Number.isFinite));
        for (let step = 1; step <= 16; step++) places.add(Math.round(last * step / 16));
        const rows = [...places].sort((one, other) => one - other);
        return h('div', { class: 'scroll' }, h('table', {},
            h('thead', {}, h('tr', {}, [t('timeline.operation'), timeline.time && t('timeline.when'), t('moment.live'), t('moment.used'),
                t('moment.free'), t('moment.largest'), t('moment.fragmentation')].filter(Boolean)
                .map(text => h('th', { scope: 'col', class: 'number' }, text)))),
            h('tbody', {}, rows.map(operation => {
                const pool = Report.poolAt(operation);
                return h('tr', {},
                    h('th', { scope: 'row', class: 'number' }, h('button', { type: 'button', class: 'plain', onclick: () => Report.goTo(operation) }, format.count(operation))),
                    timeline.time && h('td', { class: 'number' }, format.time(Report.axis.timeAt(operation))),
                    [pool.live, pool.used, pool.free, pool.largest].map(value => h('td', { class: 'number' }, format.count(value))),
                    h('td', { class: 'number' }, format.percent(pool.fragmentation)));
            }))));
    };

    const controls = () => h('div', { class: 'controls' },
        Report.axis.hasTime() && h('span', { class: 'group', role: 'group', 'aria-label': t('timeline.axis') },
            ['operations', 'time'].map(kind => h('button', {
                type: 'button', 'data-axis': kind, 'aria-pressed': String(Report.state.axis === kind),
                onclick: () => Report.set({ axis: kind, view: { from: 0, to: 1 } }),
            }, t(`timeline.${kind}`)))),
        h('span', { class: 'group' },
            h('button', { type: 'button', id: 'zoom-in', 'aria-label': t('timeline.in'), title: t('timeline.in'), onclick: () => Report.axis.zoom(2, 0.5) }, '+'),
            h('button', { type: 'button', id: 'zoom-out', 'aria-label': t('timeline.out'), title: t('timeline.out'), onclick: () => Report.axis.zoom(0.5, 0.5) }, '−'),
            h('button', { type: 'button', id: 'zoom-all', onclick: Report.axis.whole }, t('timeline.all'))));

    const legend = source => h('ul', { class: 'legend' },
        source.timeline.tasks.length > 1 && source.timeline.tasks.map((task, index) => h('li', {}, h('button', {
            type: 'button', 'aria-pressed': String(task.task !== null && Report.state.filter.task === task.task), disabled: task.task === null,
            'data-task': task.task ?? -2,
            onclick: () => Report.setFilter({ task: Report.state.filter.task === task.task ? null : task.task }),
        }, h('span', { class: 'swatch', style: { background: colourOf(index) } }),
        task.task === null ? t('names.others') : Report.names.task(task.task)))),
        source.timeline.tasks.length < 2 && h('li', { class: 'key' }, h('span', { class: 'swatch', style: { background: colourOf(0) } }), t('timeline.live')),
        [['text', t('moment.used')], ['bad', t('timeline.pool', { bytes: format.bytes(source.pools[0]?.size ?? 0) })]]
            .map(([name, text]) => h('li', { class: 'key' }, h('span', { class: `stroke ${name}` }), text)),
        [['free-all', 'timeline.free'], ['free-largest', 'timeline.largest'], ['torn', 'moment.fragmentation']]
            .map(([name, word]) => h('li', { class: 'key' }, h('span', { class: 'swatch', style: { background: `var(--${name})` } }), t(word))));

    Report.section('timeline', {
        available: source => Boolean(source.timeline?.columns),
        render: (element, source) => {
            const canvas = h('canvas', {});
            const stage = h('div', { class: 'stage', tabindex: 0, role: 'slider', 'aria-valuemin': 0, 'aria-valuemax': Report.lastOperation(), 'aria-label': t('timeline.title') }, canvas);
            const tip = Report.tip(stage);
            const cursor = Report.cursor(stage);
            const details = h('details', {
                ontoggle: event => { if (event.target.open && event.target.children.length === 1) event.target.append(table(source)); },
            }, h('summary', {}, t('timeline.table')));
            const list = h('div', {}, legend(source));
            element.append(controls(), stage, list, details);
            const again = Report.canvas(canvas, width => layout(width).height, draw);
            Report.gestures(stage, {
                hover: at => {
                    cursor.hover(at);
                    if (at) tip(at, told(at.operation));
                    else tip(null);
                },
            });
            parts = { again, cursor, stage, element, list };
            speak();
        },
        update: changed => {
            if (['view', 'axis', 'theme', 'scheme', 'filter'].some(name => changed.has(name))) parts.again();
            if (changed.has('theme') || changed.has('scheme') || changed.has('filter')) parts.list.replaceChildren(legend(Report.source()));
            for (const button of parts.element.querySelectorAll('[data-axis]')) {
                button.setAttribute('aria-pressed', String(button.dataset.axis === Report.state.axis));
            }
            parts.cursor.update();
            if (changed.has('moment')) speak();
        },
    });

    const speak = () => {
        parts.stage.setAttribute('aria-valuenow', Report.state.moment);
        parts.stage.setAttribute('aria-valuetext', Report.spokenMoment());
    };
}
