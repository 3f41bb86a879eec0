// What speedscope's own page makes of exported traces, in a headless Chromium: `node speedscope.mjs FOLDER PICTURES PACKAGE`.
// The folder has `NAME.speedscope.json`, `NAME.pb.gz` and `NAME.peak.folded`, which speedscope reads, too, and what `litepool
// info` says of the same traces, `NAME.info`. The files are handed over as the package's own command does it.

import fs from 'node:fs';
import path from 'node:path';
import { Browser } from '../../../litepool-report/tests/page/browser.mjs';

const [folder, pictures, unpacked] = process.argv.slice(2);
const index = path.resolve(unpacked, 'dist/release/index.html');
const handover = path.resolve(folder, 'speedscope-load.js');
const browser = await Browser.open();
let failures = 0;

const units = { B: 1, KB: 1 << 10, MB: 1 << 20, GB: 1 << 30 };

// Bytes as the table of the sandwich has them: `31.38 KB (89%)`; of folded stacks `142,848 (43%)`.
function bytes(cell) {
    const [, number, unit] = cell.match(/^([0-9.,]+)(?: ([KMG]?B))? \(/);
    return Number(number.replaceAll(',', '')) * units[unit ?? 'B'];
}

// What all functions have themselves, which is all there is; and how much of it rounding may have taken.
async function self(page) {
    // Only the rows that show are there.
    await page.size(1280, 8000);
    await page.until('document.querySelectorAll("tr").length > 1');
    const rows = await page.run(`[...document.querySelectorAll('tr')].map(row =>
        [...row.querySelectorAll('td')].map(cell => cell.innerText))`);
    // Total, self, name. The list of profiles is a table, too.
    const cells = rows.map(row => row[1]).filter(cell => /\(.*%\)$/.test(cell ?? ''));
    const step = cell => units[cell.match(/([KMG]?B) /)?.[1] ?? 'B'] / 100;
    return {
        sum: cells.reduce((sum, cell) => sum + bytes(cell), 0),
        rounding: cells.reduce((sum, cell) => sum + step(cell), 1),
    };
}

async function look(name, wanted, profile) {
    const page = await browser.page();
    try {
        const content = fs.readFileSync(path.join(folder, name)).toString('base64');
        fs.writeFileSync(handover, `speedscope.loadFileFromBase64(${JSON.stringify(name)}, "${content}")`);
        await page.size(1280, 700);
        await page.send('Page.navigate', { url: `file://${index}#localProfilePath=${handover}` });
        await page.until('document.body.innerText.includes("Sandwich")');
        if (profile !== undefined) await page.until(`document.body.innerText.includes(${JSON.stringify(profile)})`);
        for (const key of ['2', '3']) {
            await page.send('Input.dispatchKeyEvent', { type: 'keyDown', key, text: key });
            await page.send('Input.dispatchKeyEvent', { type: 'keyUp', key });
            await page.settle();
            await page.screenshot(path.join(pictures, `${name}.${key === '2' ? 'left-heavy' : 'sandwich'}.png`));
        }
        const { sum, rounding } = await self(page);
        if (Math.abs(sum - wanted) > rounding) throw new Error(`${sum} bytes instead of ${wanted}`);
        if (await page.run('typeof window.planted') !== 'undefined') throw new Error('a name planted something');
        console.log(`ok    ${name}, speedscope: ${wanted} bytes`);
    } catch (error) {
        failures += 1;
        console.log(`FAILS ${name}, speedscope: ${error.message}`);
    }
    await page.close();
}

fs.mkdirSync(pictures, { recursive: true });
for (const file of fs.readdirSync(folder).sort()) {
    const [, name, kind] = file.match(/^(.*?)(?:--task-root)?\.(speedscope\.json|pb\.gz|peak\.folded)$/) ?? [];
    if (name === undefined) continue;
    const facts = JSON.parse(fs.readFileSync(path.join(folder, `${name}.info`)));
    const peak = facts.trace.live_peak;
    // It shows the sample type that the profile says to show first.
    if (kind === 'pb.gz') await look(file, facts.leaked_bytes || peak);
    else await look(file, peak, kind === 'speedscope.json' ? 'live at the peak' : undefined);
}
await browser.close();
process.exit(failures ? 1 : 0);
