// The axis that timeline and map share: operations or time, as shares 0 to 1 of the whole, and what of it is in view.
{
    const times = source => source.timeline?.time ? Report.row(source.timeline.time) : null;

    // Microseconds since the start, of an operation; within a column they are taken as even.
    const timeAt = (source, operation) => {
        const row = times(source);
        if (!row || !row.length) return 0;
        const column = Report.columnOf(source.timeline, operation);
        const before = column ? row[column - 1] : 0;
        const first = column * source.timeline.operations_per_column;
        const length = Math.max(1, Math.min(source.timeline.operations_per_column, Report.lastOperation(source) - first));
        return before + (row[column] - before) * Math.min(1, Math.max(0, (operation - first) / length));
    };

    const operationAt = (source, time) => {
        const row = times(source);
        let low = 0;
        let high = row.length - 1;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (row[middle] < time) low = middle + 1;
            else high = middle;
        }
        const before = low ? row[low - 1] : 0;
        const first = low * source.timeline.operations_per_column;
        const length = Math.min(source.timeline.operations_per_column, Report.lastOperation(source) - first);
        return first + length * (row[low] > before ? Math.min(1, Math.max(0, (time - before) / (row[low] - before))) : 1);
    };

    const isTime = () => Report.state.axis === 'time' && Report.axis.hasTime();
    const smallest = () => Math.max(1e-6, 8 / Math.max(8, Report.lastOperation()));

    Report.axis = {
        hasTime: () => (times(Report.source())?.at(-1) ?? 0) > 0,
        timeAt: operation => times(Report.source()) ? timeAt(Report.source(), operation) : null,
        share: operation => isTime() ? timeAt(Report.source(), operation) / times(Report.source()).at(-1)
            : operation / Math.max(1, Report.lastOperation()),
        operation: share => {
            const kept = Math.min(1, Math.max(0, share));
            return isTime() ? operationAt(Report.source(), kept * times(Report.source()).at(-1))
                : kept * Report.lastOperation();
        },

        // Where an operation stands in a width, and back.
        x: (operation, width) => (Report.axis.share(operation) - Report.state.view.from)
            / (Report.state.view.to - Report.state.view.from) * width,
        at: (x, width) => Report.axis.operation(Report.state.view.from
            + x / width * (Report.state.view.to - Report.state.view.from)),

        show: (from, to) => {
            const length = Math.min(1, Math.max(smallest(), to - from));
            const start = Math.min(1 - length, Math.max(0, (from + to - length) / 2));
            Report.set({ view: { from: start, to: start + length } });
        },
        // Larger by the factor; what is at the share of the view stays there.
        zoom: (factor, share = 0.5) => {
            const { from, to } = Report.state.view;
            const fixed = from + share * (to - from);
            const length = Math.min(1, Math.max(smallest(), (to - from) / factor));
            const start = Math.min(1 - length, Math.max(0, fixed - share * length));
            Report.set({ view: { from: start, to: start + length } });
        },
        // By a share of the view.
        pan: share => {
            const { from, to } = Report.state.view;
            const start = Math.min(1 - (to - from), Math.max(0, from + share * (to - from)));
            Report.set({ view: { from: start, to: start + (to - from) } });
        },
        whole: () => Report.set({ view: { from: 0, to: 1 } }),
        isWhole: () => Report.state.view.to - Report.state.view.from > 0.9999,

        // Round places in view: [{x, text}].
        ticks: width => {
            const { from, to } = Report.state.view;
            const all = isTime() ? times(Report.source()).at(-1) : Report.lastOperation();
            const wanted = Math.max(2, width / 110);
            const rough = (to - from) * all / wanted;
            const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
            const round = [1, 2, 5, 10].map(factor => factor * power).find(one => one >= rough) ?? power * 10;
            const step = isTime() ? round : Math.max(1, round);
            const ticks = [];
            for (let value = Math.ceil(from * all / step) * step; value <= to * all * 1.0000001; value += step) {
                ticks.push({
                    x: (value / Math.max(all, 1e-9) - from) / (to - from) * width,
                    text: isTime() ? Report.format.time(value) : Report.format.short(Math.round(value)),
                });
            }
            return ticks;
        },
    };

    Report.state.view = { from: 0, to: 1 };

    // Round numbers of bytes from 0 up, four to eight of them: steps are powers of two.
    Report.roundBytes = most => {
        const step = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, most) / 8)));
        const values = [];
        for (let value = 0; value <= most; value += step) values.push(value);
        return values;
    };

    // The margins of what is drawn along the axis.
    Report.margins = width => ({ left: width < 560 ? 60 : 72, right: width < 560 ? 6 : 16 });

    // The column of each pixel, first and last: two arrays.
    Report.columnsOfPixels = (what, pixels) => {
        const first = new Int32Array(pixels);
        const last = new Int32Array(pixels);
        let before = Report.columnOf(what, Report.axis.at(0, pixels) + 1e-9);
        for (let x = 0; x < pixels; x++) {
            const next = Report.columnOf(what, Report.axis.at(x + 1, pixels));
            first[x] = x && next > before ? before + 1 : before;
            last[x] = Math.max(first[x], next);
            before = last[x];
        }
        return [first, last];
    };
}
