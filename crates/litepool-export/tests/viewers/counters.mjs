// What Trace Viewer makes of exported counters, in a headless Chromium: `node counters.mjs FOLDER PICTURES`. The folder has the
// pages `NAME.trace.html` that Catapult's trace2html made, and what `litepool info` says of the same traces, `NAME.info`.

import fs from 'node:fs';
import path from 'node:path';
import { Browser } from '../../../litepool-report/tests/page/browser.mjs';

const [folder, pictures] = process.argv.slice(2);
const browser = await Browser.open();
let failures = 0;

// The counters of the page's model: the most that each was, and what it was last.
const model = `(() => {
    const { model } = document.querySelector('tr-ui-timeline-view');
    const [process] = Object.values(model.processes);
    const values = counter => counter.series[0].samples.map(sample => sample.value);
    const counters = Object.values(process.counters).map(counter =>
        [counter.name, Math.max(...values(counter)), values(counter).at(-1)]);
    return { warnings: model.importWarnings.map(one => one.message), end: model.bounds.max, counters };
})()`;

fs.mkdirSync(pictures, { recursive: true });
for (const file of fs.readdirSync(folder).filter(name => name.endsWith('.trace.html')).sort()) {
    const name = file.replace(/\.trace\.html$/, '');
    const facts = JSON.parse(fs.readFileSync(path.join(folder, `${name}.info`)));
    const page = await browser.page();
    try {
        await page.size(1280, 500);
        await page.send('Page.navigate', { url: `file://${path.resolve(folder, file)}` });
        await page.until('document.querySelector("tr-ui-timeline-view")?.model !== undefined');
        const { warnings, end, counters } = await page.run(model);
        const equal = (what, got, wanted) => {
            if (String(got) !== String(wanted)) throw new Error(`${what}: ${got} instead of ${wanted}`);
        };
        equal('warnings', warnings.join(' | '), '');
        equal('live bytes', counters.find(([name]) => name === 'live bytes'), ['live bytes', facts.trace.live_peak, facts.leaked_bytes]);
        if (facts.duration_microseconds > 0) equal('microseconds', Math.round(end * 1000), facts.duration_microseconds);
        equal('what a name planted', await page.run('typeof window.planted'), 'undefined');
        await page.screenshot(path.join(pictures, `${name}.trace.png`));
        console.log(`ok    ${name}, Trace Viewer: ${counters.length} counters`);
    } catch (error) {
        failures += 1;
        console.log(`FAILS ${name}, Trace Viewer: ${error.message}`);
    }
    await page.close();
}
await browser.close();
process.exit(failures ? 1 : 0);
