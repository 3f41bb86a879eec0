// The moment slides from the start to the end while all drawings are in sight: how long frames take.

// Answers {rate, longest}: frames a second, and the longest time from frame to frame in milliseconds. Of the best of some
// rounds, since other work on the machine shows: what a page always takes too long for, it does in each of them.
export const slide = async (page, { rounds = 8, frames = 60 } = {}) => {
    await page.size(1280, 2600);
    await page.run('Report.renderHidden()');
    await page.settle();
    const figures = [];
    for (let round = 0; round < rounds; round++) {
        figures.push(await page.run(`new Promise(resolve => {
            const frames = ${frames};
            const last = Report.lastOperation();
            const times = [];
            let before = 0;
            let at = 0;
            const start = performance.now();
            const frame = now => {
                if (before) times.push(now - before);
                before = now;
                if (at > frames) {
                    resolve({ rate: times.length / (now - start) * 1000, longest: Math.max(...times.slice(2)) });
                    return;
                }
                Report.goTo(last * at / frames);
                at += 1;
                requestAnimationFrame(frame);
            };
            requestAnimationFrame(frame);
        })`));
    }
    return figures.sort((one, other) => one.longest - other.longest)[0];
};
