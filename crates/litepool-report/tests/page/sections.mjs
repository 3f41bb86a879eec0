// What the sections about people's questions must do, on a report made by hand: `node sections.mjs FOLDER [PICTURES]`.

import fs from 'node:fs';
import path from 'node:path';
import { Browser } from './browser.mjs';
import { Blob, assemble, diffOf, dump, files, hostile, page as pageOf, trace } from './fixture.mjs';

const [folder, pictures] = process.argv.slice(2);
let failures = 0;
const holds = (isTrue, what) => { if (!isTrue) throw new Error(what); };
const equal = (got, wanted, what) => holds(Object.is(got, wanted), `${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);

fs.mkdirSync(folder, { recursive: true });
const write = (name, make) => {
    const blob = new Blob();
    const document = make(blob);
    fs.writeFileSync(path.join(folder, `${name}.html`), assemble(document, blob.bytes()));
};
write('trace', blob => pageOf([trace(blob)]));
write('flat', blob => ({ ...pageOf([{ ...trace(blob, { flat: true }), failure: null, leaks: [] }]) }));
write('dump', blob => pageOf([dump(blob)]));
write('sound', blob => pageOf([dump(blob, { corrupt: false })]));
write('two', blob => {
    const sources = [trace(blob, { name: 'before.lpt' }), trace(blob, { name: hostile[0], seed: 23 })];
    return pageOf(sources, diffOf(...sources));
});
write('bare', blob => {
    const source = trace(blob);
    return pageOf([{
        ...source, tasks: [], calls: [], stacks: [{ parent: 0, call: 0, site: 0 }], leaks: [], holdings: null, keyframes: [],
        timeline: { ...source.timeline, tasks: [] }, failure: { ...source.failure, stack: 0, task: null, windows: [], without: [], holders: [], changes: [] },
    }]);
});
write('large', blob => pageOf([trace(blob, { sites: 1000, stacks: 40_000, columns: 4000 })]));

const browser = await Browser.open();
const check = async (name, of, look) => {
    const start = Date.now();
    const tab = await browser.page();
    try {
        await tab.size(1280, 900);
        await tab.open(path.join(folder, `${of}.html`));
        await tab.run('Report.set({ language: "en", theme: "light" })');
        await tab.settle();
        await tab.run('Report.renderHidden()');
        await look(tab);
        holds(!tab.complaints.length, `the console says: ${tab.complaints.join(' | ')}`);
        console.log(`ok    ${name} (${Date.now() - start} ms)`);
    } catch (error) {
        failures += 1;
        console.log(`FAILS ${name}: ${error.message}`);
    }
    await tab.close();
};
const text = (tab, selector) => tab.run(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`);
const count = (tab, selector) => tab.run(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
const focused = tab => tab.run('document.activeElement.dataset.id ?? document.activeElement.id');

// ---- words ----

{
    const name = 'every word is in both languages, and used';
    const code = files('js').map(file => fs.readFileSync(file, 'utf8')).join('\n');
    const keys = [...code.matchAll(/'((?:held|parts|flame|who|leaks|failure|diff|pools)\.[\w-]+)':/g)].map(one => one[1]);
    const unused = [...new Set(keys)].filter(key => {
        const [section, word] = key.split('.');
        if (['title', 'about'].includes(word)) return false;
        if (code.includes(`'${key}')`) || code.includes(`'${key}',`) || code.includes(`'${key}' :`) || code.includes(`'${key}'\n`) || code.includes(`'${key}']`)) return false;
        // `t(`who.by-${value}`)`, or a word that a name of the data makes.
        return ![...code.matchAll(new RegExp(`\`${section}\\.([\\w-]*)\\$\\{[^}]*\\}([\\w-]*)`, 'g'))]
            .some(one => word.startsWith(one[1]) && word.includes(one[2]));
    });
    const once = [...new Set(keys)].filter(key => keys.filter(one => one === key).length !== 2);
    if (unused.length || once.length) { failures += 1; console.log(`FAILS ${name}: unused ${unused}; not in both ${once}`); } else console.log(`ok    ${name}`);
}

// ---- all of them ----

// What makes the page wider than the window; empty: nothing.
const widest = `(() => {
    const edge = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= edge) return '';
    return [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > edge + 1)
        .map(one => one.tagName + '#' + one.id + '.' + one.className).slice(0, 8).join(' ');
})()`;

for (const name of ['trace', 'flat', 'dump', 'sound', 'two', 'bare']) {
    await check(`${name}: nothing is empty, names are text, nothing is wider than the page`, name, async tab => {
        for (const language of ['en', 'zh']) {
            await tab.run(`Report.set({ language: '${language}' })`);
            await tab.settle();
            await tab.run('Report.renderHidden()');
            await tab.run('document.querySelectorAll("details").forEach(one => { one.open = true; })');
            await tab.settle();
            equal(await tab.run('[...document.querySelectorAll("main > section .body")].filter(one => !one.childElementCount).length'), 0, 'empty sections');
            if (name === 'trace') holds((await tab.run('document.getElementById("main").innerText')).includes('\\u202egnp.exe'), 'characters that turn the text are spelled out');
        equal(await tab.run('typeof window.planted'), 'undefined', 'what a name planted');
            equal(await count(tab, 'main img, main script, main iframe'), 0, 'foreign elements');
            equal((await tab.run('Report.missingWords()')).join(), '', 'words that one language lacks');
            equal(await tab.run('document.getElementById("main").innerText.match(/undefined|NaN|\\[object|(who|flame|leaks|failure|diff|pools|parts)\\.[a-z-]+\\b(?!\\.)/)?.[0] ?? ""'), '', 'a value that is none');
            for (const width of [360, 700, 1280, 2560]) {
                await tab.size(width, 900);
                await tab.settle();
                equal(await tab.run(widest), '', `beyond the edge at ${width}, ${language}`);
            }
        }
        await tab.run('Report.set({ theme: "dark", language: "en" })');
        await tab.settle();
    });
}

await check('every control has a name that is read', 'two', async tab => {
    await tab.until('document.querySelector(".flame .box").ariaLabel');
    const { nodes } = await tab.send('Accessibility.getFullAXTree');
    const nameless = nodes.filter(node => !node.ignored && ['button', 'combobox', 'searchbox', 'treeitem', 'tree', 'table', 'region', 'img', 'link', 'slider'].includes(node.role?.value) && !node.name?.value);
    equal(nameless.map(node => node.role.value).join(), '', 'without a name');
    for (const role of ['tree', 'treeitem', 'searchbox', 'table', 'columnheader', 'rowheader']) holds(nodes.some(node => node.role?.value === role), `there is no ${role}`);
});

// ---- who ----

const heldBy = 'Report.heldAt(Report.state.moment).shares.reduce((sum, share) => sum + share.bytes, 0)';

await check('what is held agrees with the timeline, at keyframes and between', 'trace', async tab => {
    for (const column of [0, 1, 62, 63, 64, 65, 200, 130, 399, 7]) {
        await tab.run(`Report.goTo(${(column + 1) * 250})`);
        equal(await tab.run(heldBy), await tab.run(`Report.row(Report.source().timeline.live)[${column}]`), `bytes at column ${column}`);
    }
    await tab.run('document.getElementById("who").scrollIntoView()');
    await tab.run('Report.goTo(333)');
    await tab.until('document.getElementById("who-sum").innerText.includes("500")');
    holds((await text(tab, '#who-sum')).includes('After operation 500,'), 'between columns, the moment of the column is told');
    await tab.run('Report.goTo(0)');
    await tab.until('!document.getElementById("who-sum").innerText.includes("500")');
    holds((await text(tab, '#who-sum')).includes('Nothing is live'), 'nothing at the start');
});

await check('the table sorts by click and by key, and filters the page', 'trace', async tab => {
    const sorted = (column, way) => tab.run(`document.querySelector('#who-table [data-column=${column}]').getAttribute('aria-sort') === '${way}'`);
    const first = () => text(tab, '#who-table tbody tr:first-child');
    holds(await sorted('bytes', 'descending'), 'by bytes at first');
    const heaviest = await first();
    await tab.click('#who-table [data-column=bytes] button');
    holds(await sorted('bytes', 'ascending'), 'a click turns it round');
    holds(await first() !== heaviest, 'another row is first');
    await tab.run('document.querySelector("#who-table [data-column=name] button").focus()');
    await tab.key('Enter');
    holds(await sorted('name', 'ascending') && await sorted('bytes', 'none'), 'Enter sorts by name');
    await tab.click('#who-table [data-column=bytes] button');
    equal(await first(), heaviest, 'by bytes again');
    await tab.click('#who-table tbody tr:first-child button');
    equal(await count(tab, '#who-table tbody tr'), 1, 'rows that pass the filter');
    holds(await tab.run('Report.state.filter.site !== null'), 'all sections follow');
    holds(await count(tab, '.flame .dim') > 0, 'the flame graph dims the rest');
    equal(await tab.run('document.querySelector("#who-table .owner").getAttribute("aria-pressed")'), 'true', 'it is pressed');
    await tab.click('#who-clear');
    holds(await count(tab, '#who-table tbody tr') > 10, 'everything again');
    await tab.run('document.getElementById("who-search").focus()');
    for (const letter of 'net_rx') await tab.key(letter);
    equal(await tab.run('Report.state.filter.text'), 'net_rx', 'the text that was looked for');
    holds(await count(tab, '.flame .found') > 0, 'what was found stands out');
    holds((await text(tab, '#who-sum')).includes('The filter lets'), 'how much it is');
    await tab.run('Report.setFilter({ text: "there is no such name" })');
    await tab.settle();
    holds((await text(tab, '#who-table')).includes('Nothing that is live passes'), 'why there is none');
});

await check('the table groups by function, task and module', 'trace', async tab => {
    await tab.click('#who-by-function');
    const all = await tab.run(heldBy);
    equal(await tab.run(`Report.gatherFunctions(Report.heldAt(Report.state.moment).shares).values().every(one => one.bytes <= ${all})`), true, 'a function has no more than everything');
    holds((await text(tab, '#who .note:not([hidden])')).length > 0, 'what inclusive means is told');
    await tab.click('#who-by-task');
    holds((await text(tab, '#who-table')).includes('日志任务'), 'tasks');
    await tab.click('#who-by-module');
    holds((await text(tab, '#who-table')).includes('libnet.so.1'), 'modules');
    await tab.click('#who-by-site');
    await tab.run('Report.goTo(500)');
    await tab.until('document.getElementById("who-sum").innerText.includes("operation 500,")');
    await tab.click('#who-at-failure');
    holds((await text(tab, '#who-sum')).includes('After operation 100,000,'), await text(tab, '#who-sum'));
    equal(await tab.run('Report.state.moment'), 500, 'the slider stays');
});

await check('the flame graph goes by keys and clicks', 'trace', async tab => {
    equal(await tab.run('Math.round([...document.querySelectorAll(".flame .box[aria-level=\'2\']")].reduce((sum, one) => sum + one.offsetWidth + 1, 0) / document.querySelector(".flame").clientWidth * 20)'), 20, 'the first row is as wide as everything');
    await tab.run('document.querySelector(".flame .box[tabindex=\'0\']").focus()');
    equal(await focused(tab), '0', 'the root has the focus');
    await tab.key('ArrowDown');
    const child = await focused(tab);
    holds(child !== '0', 'down to the widest callee');
    await tab.key('ArrowRight');
    holds(await focused(tab) !== child, 'right to the next');
    await tab.key('ArrowLeft');
    equal(await focused(tab), child, 'and left again');
    await tab.key('Enter');
    equal(await tab.run('Math.round(document.activeElement.offsetWidth / document.querySelector(".flame").clientWidth * 100)'), 100, 'Enter zooms in');
    holds(await tab.run('!document.getElementById("flame-reset").hidden'), 'there is a way back');
    await tab.key('Escape');
    holds(await tab.run('document.getElementById("flame-reset").hidden'), 'Escape zooms out');
    await tab.click('.flame .box[aria-level="3"]');
    holds(await tab.run('!document.getElementById("flame-reset").hidden'), 'a click zooms in');
    await tab.click('#flame-reset');
    holds(await tab.run('document.getElementById("flame-reset").hidden'), 'the button zooms out');
    holds(!(await tab.run('[...document.querySelectorAll(".flame .box")].some(one => one.textContent === "xmalloc")')), 'wrappers are folded');
    holds((await text(tab, '#flame-details')).includes('100%'), 'the details tell the share');
});

await check('without call stacks sites stand under their module, and why is told', 'flat', async tab => {
    holds((await text(tab, '#who')).includes('--depth'), 'how to record them');
    equal(await tab.run('Math.max(...[...document.querySelectorAll(".flame .box")].map(one => one.ariaLevel))'), 3, 'levels');
    equal(await count(tab, '#leaks, #failure, #diff, #pools'), 0, 'sections without anything');
});

// ---- the others ----

await check('leaks: verdicts in words, curves with text, more on demand', 'trace', async tab => {
    const shown = await count(tab, '.leak');
    equal(shown, 12, 'at first');
    holds((await text(tab, '.leak')).includes('becomes more throughout the run'), 'what the verdict means');
    holds((await tab.run('document.querySelector(".curve").getAttribute("aria-label")')).includes('at most'), 'the curve in words');
    await tab.click('#leaks .more');
    equal(await count(tab, '.leak'), 24, 'then');
    await tab.click('#leaks .leak:first-child summary');
    holds(await count(tab, '#leaks .leak:first-child .stack li') > 0, 'the call stack unfolds');
    await tab.click('#leaks .leak:first-child .only');
    equal(await tab.run('document.querySelector("#leaks .leak:first-child .only").getAttribute("aria-pressed")'), 'true', 'only this');
    await tab.run('Report.set({ filter: Report.noFilter })');
    await tab.settle();
    equal(await tab.run('document.querySelector("#leaks .leak:first-child .only").getAttribute("aria-pressed")'), 'false', 'everything again');
});

await check('failure: the answer first, then why', 'trace', async tab => {
    const answer = await text(tab, '#failure-answer');
    holds(/^It completes with the configuration best and a pool of its own for .*, of 4,096 bytes: 61,440 bytes of memory in all, 4,096 bytes less than now\.$/.test(answer), answer);
    const order = await tab.run('[...document.querySelectorAll("#failure-saved tbody tr")].map(one => one.className).join()');
    equal(order, 'yes,yes,yes,yes,no,no,no', 'what completes stands first');
    holds((await text(tab, '#failure .why')).includes('Operation 100,001 asks for 3,000 bytes'), await text(tab, '#failure .why'));
    await tab.run('Report.goTo(3)');
    await tab.click('#failure-show');
    equal(await tab.run('Report.state.moment'), 100_000, 'the moment of the failure');
    equal(await count(tab, '#failure .window'), 3, 'windows');
});

await check('diff: the largest change first, both sides of the divergence', 'two', async tab => {
    equal(await tab.run('document.querySelector("#diff [data-column=weight]").getAttribute("aria-sort")'), 'descending', 'by the change');
    holds((await text(tab, '#diff')).includes('Up to operation 1,200 both do the same'), 'where they part');
    equal(await count(tab, '#diff .side'), 2, 'sides');
    await tab.run('Report.chooseSource(1)');
    await tab.settle();
    holds((await text(tab, '#diff .side')).includes('before.lpt'), 'sides stay, whichever the page shows');
});

await check('pools: a defect leads to its block in the strip', 'dump', async tab => {
    holds((await text(tab, '#pools .verdict')).includes('2 defects'), 'how many');
    await tab.click('.defect .small');
    equal(await tab.run('Report.state.block'), 3, 'the block of the state');
});

// ---- speed ----

await check('1,000 sites and 40,000 call stacks: a jump is quick', 'large', async tab => {
    await tab.run('document.getElementById("who").scrollIntoView()');
    await tab.settle();
    // The time of the page's thread alone: what else the machine does is no matter.
    await tab.send('Performance.disable');
    await tab.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' });
    await tab.send('Performance.enable');
    const busy = async () => (await tab.send('Performance.getMetrics')).metrics.find(one => one.name === 'TaskDuration').value * 1000;
    const took = [];
    for (let at = 0; at < 30; at++) {
        const before = await busy();
        await tab.run(`Report.goTo(Report.lastOperation() * ${at * 37 % 120} / 120)`);
        await tab.settle();
        await new Promise(resolve => setTimeout(resolve, 120));
        // Two frames: one draws the graph, one fills the table.
        took.push((await busy() - before) / 2);
    }
    took.sort((one, other) => one - other);
    const [longest, middle] = [took.at(-1), took[took.length >> 1]].map(one => Math.round(one));
    console.log(`      a jump to another moment takes ${middle} ms a frame, at most ${longest} ms`);
    holds(middle <= 250, `a frame takes ${middle} ms`);
});

if (pictures) {
    for (const [name, width, theme, language] of [
        ['trace', 1280, 'light', 'en'], ['trace', 1280, 'dark', 'zh'], ['trace', 360, 'light', 'en'], ['two', 1280, 'light', 'en'], ['dump', 1280, 'dark', 'en'],
        ['flat', 2560, 'light', 'zh'], ['two', 360, 'dark', 'zh'], ['bare', 1280, 'light', 'en'], ['dump', 360, 'light', 'zh'],
    ]) {
        const tab = await browser.page();
        await tab.size(width, 900);
        await tab.open(path.join(folder, `${name}.html`));
        await tab.run(`Report.set({ language: '${language}', theme: '${theme}' })`);
        await tab.settle();
        await tab.run('Report.renderHidden()');
        await tab.settle();
        for (const id of ['failure', 'diff', 'who', 'leaks', 'pools']) {
            const box = await tab.run(`(() => { const box = document.getElementById('${id}')?.getBoundingClientRect(); return box && { x: box.x, y: box.y + scrollY, width: box.width, height: Math.min(2400, box.height) }; })()`);
            if (!box) continue;
            const { data } = await tab.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip: { ...box, scale: 1 } });
            fs.mkdirSync(pictures, { recursive: true });
            fs.writeFileSync(path.join(pictures, `${name}-${id}-${width}-${theme}-${language}.png`), Buffer.from(data, 'base64'));
        }
        await tab.close();
    }
}

await browser.close();
process.exit(failures ? 1 : 0);
