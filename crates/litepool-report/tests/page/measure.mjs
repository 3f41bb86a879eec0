// What the page weighs and takes: `node measure.mjs PAGE.html …` prints a row of Markdown for each.

import fs from 'node:fs';
import path from 'node:path';
import { Browser } from './browser.mjs';
import { slide } from './slide.mjs';

const count = value => Math.round(value).toLocaleString('en-US');

for (const file of process.argv.slice(2)) {
    const times = [];
    let operations = 0;
    let heap = 0;
    let figures = null;
    for (let round = 0; round < 3; round++) {
        // A browser of its own: nothing is cached, nothing is left over.
        const browser = await Browser.open();
        const page = await browser.page();
        await page.size(1280, 900);
        times.push(await page.open(file));
        if (round === 2) {
            operations = await page.run('Report.source().operations');
            figures = await slide(page);
            await page.send('HeapProfiler.collectGarbage');
            const { metrics } = await page.send('Performance.getMetrics');
            heap = metrics.find(({ name }) => name === 'JSHeapUsedSize').value
                + await page.run('Report.blob.byteLength');
        }
        await browser.close();
    }
    times.sort((one, other) => one - other);
    console.log(`| ${count(operations)} | ${path.basename(file)} | ${count(fs.statSync(file).size / 1024)} KiB | ${count(times[1])} ms `
        + `| ${figures.middle.toFixed(0)} ms | ${figures.own.toFixed(0)} ms | ${figures.rate.toFixed(0)} | ${figures.longest.toFixed(0)} ms | ${(heap / 2 ** 20).toFixed(1)} MiB |`);
}
