// The moment: a slider that stays in sight, the moments worth seeing, and what the pool was like.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'moment.slider': 'Moment',
            'moment.peak': 'Peak', 'moment.failure': 'Failure', 'moment.end': 'End', 'moment.regular': 'Keyframe', 'moment.dump': 'Dump',
            'moment.before': 'The moment before with all blocks ([)', 'moment.after': 'The next moment with all blocks (])',
            'moment.play': 'Play', 'moment.pause': 'Pause', 'moment.keys': 'Keys (?)',
            'moment.operation': 'after operation {operation}',
            'moment.of': 'of {operations}',
            'moment.live': 'live', 'moment.used': 'used', 'moment.free': 'free', 'moment.largest': 'largest free',
            'moment.fragmentation': 'fragmentation',
            'moment.spoken': 'after operation {operation}: {live} live, {used} used, largest free block {largest}',
        },
        zh: {
            'moment.slider': '时刻',
            'moment.peak': '峰值', 'moment.failure': '失败', 'moment.end': '结束', 'moment.regular': '关键帧', 'moment.dump': '映像',
            'moment.before': '上一个含全部块的时刻（[）', 'moment.after': '下一个含全部块的时刻（]）',
            'moment.play': '播放', 'moment.pause': '暂停', 'moment.keys': '按键（?）',
            'moment.operation': '第 {operation} 次操作之后',
            'moment.of': '共 {operations} 次',
            'moment.live': '存活', 'moment.used': '已用', 'moment.free': '空闲', 'moment.largest': '最大空闲块',
            'moment.fragmentation': '碎片率',
            'moment.spoken': '第 {operation} 次操作之后：存活 {live}，已用 {used}，最大空闲块 {largest}',
        },
    });

    // The pool after an operation, at the end of its column; within one only a keyframe's blocks tell.
    Report.poolAt = operation => {
        const pool = atColumn(operation);
        const { keyframes, timeline, live_peak: peak, live_peak_at: peakAt } = Report.source();
        if (operation === peakAt) pool.live = peak;
        const isEnd = operation % timeline.operations_per_column === 0 || operation === Report.lastOperation();
        const frame = isEnd ? null : keyframes.find(one => one.operation === operation);
        if (!frame) return pool;
        return Object.assign(pool, ofBlocks(frame));
    };

    const known = new Map();
    const ofBlocks = frame => {
        if (known.has(frame)) return known.get(frame);
        const [state, extent, size] = [frame.state, frame.extent, frame.size].map(Report.row);
        const sums = { used: 0, free: 0, largest: 0, usedBlocks: 0, freeBlocks: 0 };
        for (let at = 0; at < state.length; at++) {
            if (state[at] === 3) continue;
            if (state[at]) {
                sums.used += extent[at];
                sums.usedBlocks += 1;
            } else {
                sums.free += extent[at];
                sums.freeBlocks += 1;
                sums.largest = Math.max(sums.largest, size[at]);
            }
        }
        sums.fragmentation = sums.free ? 1 - Math.min(1, sums.largest / sums.free) : 0;
        known.set(frame, sums);
        return sums;
    };

    const atColumn = operation => {
        const { timeline } = Report.source();
        const column = Report.columnOf(timeline, operation);
        const [live, used, free, largest, usedBlocks, freeBlocks] = [timeline.live, timeline.used, timeline.free,
            timeline.largest_free, timeline.used_blocks, timeline.free_blocks].map(row => Report.row(row)[column] ?? 0);
        return { column, live, used, free, largest, usedBlocks, freeBlocks, fragmentation: free ? 1 - Math.min(1, largest / free) : 0 };
    };

    Report.spokenMoment = () => {
        const pool = Report.poolAt(Report.state.moment);
        return t('moment.spoken', {
            operation: format.count(Report.state.moment), live: format.exact(pool.live),
            used: format.exact(pool.used), largest: format.exact(pool.largest),
        });
    };

    // Moments with all blocks: of one kind, or the next before (-1) or after (1).
    Report.goToKind = kind => {
        const frame = Report.source().keyframes.find(one => one.kind === kind);
        if (frame) Report.goTo(frame.operation);
        else if (kind === 'failure' && Report.source().failure) Report.goTo(Report.source().failure.operation - 1);
    };
    Report.goToNext = direction => {
        const places = Report.source().keyframes.map(one => one.operation)
            .filter(one => direction < 0 ? one < Report.state.moment : one > Report.state.moment);
        if (places.length) Report.goTo(direction < 0 ? Math.max(...places) : Math.min(...places));
    };

    // A step of the slider: a pixel of the view, a column at least.
    Report.stepBy = steps => {
        const { from, to } = Report.state.view;
        const step = Math.max(Report.source().timeline.operations_per_column, Report.lastOperation() * (to - from) / 1000);
        Report.goTo(Report.state.moment + Math.sign(steps) * Math.ceil(Math.abs(steps) * step));
    };

    let playing = 0;
    const play = button => {
        const stop = () => {
            cancelAnimationFrame(playing);
            playing = 0;
            button.setAttribute('aria-pressed', 'false');
            button.textContent = `▶ ${t('moment.play')}`;
        };
        if (playing) return stop();
        const last = Report.lastOperation();
        let at = Report.state.moment >= last ? 0 : Report.state.moment;
        let expected = null;
        let before = performance.now();
        const frame = now => {
            if (expected !== null && Report.state.moment !== expected) return stop();
            at = Math.min(last, at + last * (now - before) / 15_000);
            before = now;
            Report.goTo(at);
            expected = Report.state.moment;
            if (at >= last) return stop();
            playing = requestAnimationFrame(frame);
        };
        button.setAttribute('aria-pressed', 'true');
        button.textContent = `❚❚ ${t('moment.pause')}`;
        playing = requestAnimationFrame(frame);
    };

    let parts = null;

    Report.renderMoment = element => {
        const source = Report.source();
        parts = null;
        cancelAnimationFrame(playing);
        playing = 0;
        element.replaceChildren();
        if (!source.timeline || !source.timeline.columns) return;
        const kinds = ['peak', 'failure', 'end'].filter(kind => source.keyframes.some(one => one.kind === kind));
        const slider = h('input', {
            type: 'range', id: 'slider', min: 0, max: Report.lastOperation(), step: 1, value: Report.state.moment,
            'aria-label': t('moment.slider'), oninput: event => Report.goTo(Number(event.target.value)),
            onkeydown: event => {
                const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageUp: -50, PageDown: 50 }[event.key];
                if (!steps) return;
                event.preventDefault();
                Report.stepBy(steps * (event.shiftKey ? 10 : 1));
            },
        });
        const text = h('div', { class: 'readout', id: 'readout' });
        const playButton = h('button', { type: 'button', id: 'play', 'aria-pressed': 'false', onclick: () => play(playButton) },
            `▶ ${t('moment.play')}`);
        element.append(
            h('div', { class: 'controls' },
                playButton,
                h('span', { class: 'group' },
                    h('button', { type: 'button', id: 'keyframe-before', title: t('moment.before'), 'aria-label': t('moment.before'), onclick: () => Report.goToNext(-1) }, '◂'),
                    kinds.map(kind => h('button', { type: 'button', id: `go-${kind}`, 'data-kind': kind, onclick: () => Report.goToKind(kind) }, t(`moment.${kind}`))),
                    h('button', { type: 'button', id: 'keyframe-after', title: t('moment.after'), 'aria-label': t('moment.after'), onclick: () => Report.goToNext(1) }, '▸')),
                h('div', { class: 'slide' }, slider),
                h('button', { type: 'button', class: 'round', title: t('moment.keys'), 'aria-label': t('moment.keys'), onclick: () => Report.showKeys() }, '?')),
            text);
        parts = { slider, text, kinds };
        update();
    };

    const update = () => {
        if (!parts) return;
        const { moment } = Report.state;
        const pool = Report.poolAt(moment);
        const time = Report.axis.timeAt(moment);
        parts.slider.value = moment;
        parts.slider.setAttribute('aria-valuetext', Report.spokenMoment());
        const fact = (label, value) => h('span', { class: 'fact' }, label, ' ', h('b', {}, value));
        parts.text.replaceChildren(
            h('span', { class: 'fact' }, h('b', {}, t('moment.operation', { operation: format.count(moment) })), ' ',
                t('moment.of', { operations: format.count(Report.source().operations) }), time === null ? '' : ` · ${format.time(time)}`),
            fact(t('moment.live'), format.exact(pool.live)), fact(t('moment.used'), format.exact(pool.used)),
            fact(t('moment.free'), format.exact(pool.free)), fact(t('moment.largest'), format.exact(pool.largest)),
            fact(t('moment.fragmentation'), format.percent(pool.fragmentation)));
        const frame = Report.keyframe();
        for (const kind of parts.kinds) {
            document.getElementById(`go-${kind}`).setAttribute('aria-pressed', String(frame?.kind === kind));
        }
    };

    Report.on(changed => { if (changed.has('moment')) update(); });
}
