// What DHAT's own viewer makes of exported traces, in a headless Chromium: `node dhat.mjs FOLDER PICTURES`. The folder has
// the files `dhat.out.NAME.json` and what `litepool info` says of the same traces, `NAME.info`.

import fs from 'node:fs';
import path from 'node:path';
import { Browser } from '../../../litepool-report/tests/page/browser.mjs';

const [folder, pictures] = process.argv.slice(2);
const viewer = process.env.DH_VIEW;
const browser = await Browser.open();
let failures = 0;

const file = /^dhat\.out\.(.*?)(--task-root)?\.json$/;
for (const name of fs.readdirSync(folder).filter(name => file.test(name)).sort()) {
    const facts = JSON.parse(fs.readFileSync(path.join(folder, `${name.match(file)[1]}.info`)));
    const page = await browser.page();
    try {
        await page.size(1280, 900);
        await page.send('Page.navigate', { url: `file://${viewer}` });
        await page.until('document.querySelector("input[type=file]") !== null');
        const { root } = await page.send('DOM.getDocument');
        const { nodeId } = await page.send('DOM.querySelector', { nodeId: root.nodeId, selector: 'input[type=file]' });
        await page.send('DOM.setFileInputFiles', { nodeId, files: [path.resolve(folder, name)] });
        await page.until('document.title.includes("dhat.out") && !document.body.textContent.includes("Loading...")');
        const text = await page.run('document.body.innerText');
        const number = (head, unit) => Number(text.match(new RegExp(`${head}: *([0-9,]+) ${unit}`))?.[1].replaceAll(',', ''));
        const equal = (what, got, wanted) => {
            if (got !== wanted) throw new Error(`${what}: ${got} instead of ${wanted}\n${text.slice(0, 900)}`);
        };
        equal('bytes in all', number('Total', 'bytes'), facts.total_bytes);
        equal('at the peak', number('At t-gmax', 'bytes'), facts.trace.live_peak);
        equal('at the end', number('At t-end', 'bytes'), facts.leaked_bytes);
        equal('blocks in all', Number(text.match(/Total: .*? in ([0-9,]+) blocks/)?.[1].replaceAll(',', '')), facts.allocations);
        equal('what a name planted', await page.run('typeof window.planted'), 'undefined');
        const own = page.complaints.filter(text => !text.startsWith('asks for file://'));
        equal('complaints', own.join(' | '), '');
        await page.screenshot(path.join(pictures, `${name}.png`));
        console.log(`ok    ${name}, dh_view.html`);
    } catch (error) {
        failures += 1;
        console.log(`FAILS ${name}, dh_view.html: ${error.message}`);
    }
    await page.close();
}
await browser.close();
process.exit(failures ? 1 : 0);
