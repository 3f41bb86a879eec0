// The moment slides from the start to the end while all drawings are in sight: how long frames take.
//
// Two times of each frame: that on the clock, from frame to frame, which other work on the machine lengthens; and the
// page's own, what its thread computed for it (script, styles, layout and painting, in processor time as the browser's
// trace has it), which that does not touch.

// Answers {rate, longest, own, middle}: frames a second; in milliseconds the longest time from frame to frame, the page's
// own time in the frame that takes most of it, and in the middle one. Of one whole slide, no frame left out but the first
// two, which start the slide.
export const slide = async (page, { frames = 240 } = {}) => {
    await page.size(1280, 2600);
    await page.run('Report.renderHidden()');
    await page.settle();
    // What was made ready is shown once, as anybody has seen it who comes to slide.
    await page.run('Report.goTo(Report.lastOperation() / 2)');
    await new Promise(resolve => setTimeout(resolve, 500));
    const events = [];
    const ended = new Promise(resolve => page.on('Tracing.tracingComplete', resolve));
    page.on('Tracing.dataCollected', ({ value }) => events.push(...value));
    await page.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] } });
    const times = await page.run(`new Promise(resolve => {
        const frames = ${frames};
        const last = Report.lastOperation();
        const times = [];
        let at = 0;
        const frame = now => {
            times.push(now);
            performance.mark('slide');
            if (at > frames) return resolve(times);
            Report.goTo(last * at / frames);
            at += 1;
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    })`);
    await page.send('Tracing.end');
    await ended;
    const walls = times.slice(1).map((time, at) => time - times[at]).slice(2);
    const own = ownTimes(events).slice(2, -1).sort((one, other) => one - other);
    return {
        rate: walls.length / walls.reduce((sum, one) => sum + one, 0) * 1000, longest: Math.max(...walls),
        own: own.at(-1), middle: own[own.length >> 1],
    };
};

// The page's own time of each frame, in milliseconds: what its thread computed from a mark's task to before the next's.
const ownTimes = events => {
    const marks = events.filter(one => one.name === 'slide' && one.cat.includes('blink.user_timing'));
    const { pid, tid } = marks[0];
    const tasks = events.filter(one => one.pid === pid && one.tid === tid && one.ph === 'X' && one.name === 'RunTask')
        .sort((one, other) => one.ts - other.ts);
    const starts = marks.map(one => one.ts).sort((one, other) => one - other);
    const sums = starts.map(() => 0);
    let frame = -1;
    for (const task of tasks) {
        while (frame + 1 < starts.length && starts[frame + 1] <= task.ts + task.dur) frame += 1;
        if (frame >= 0) sums[frame] += (task.tdur ?? 0) / 1000;
    }
    return sums;
};
