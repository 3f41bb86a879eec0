// What the page must do, in a headless Chromium: `node check.mjs FOLDER [SCREENSHOTS]`. The folder has the pages that `run`
// makes. Prints what holds; answers 1 if anything does not.

import fs from 'node:fs';
import path from 'node:path';
import { Browser } from './browser.mjs';
import { slide } from './slide.mjs';

const [folder, pictures] = process.argv.slice(2);
const file = name => path.join(folder, `${name}.html`);
const browser = await Browser.open();
let failures = 0;

const holds = (isTrue, what) => { if (!isTrue) throw new Error(what); };
const equal = (got, wanted, what) => holds(Object.is(got, wanted), `${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);

// Opens a page in a tab of its own, looks at it, and wants its console empty and the network unasked.
const check = async (name, of, look) => {
    const start = Date.now();
    const page = await browser.page();
    try {
        await page.size(1280, 900);
        const took = await page.open(file(of));
        await page.run('Report.set({ language: "en", theme: "light" })');
        await page.settle();
        await page.run('Report.renderHidden()');
        await look(page, took);
        holds(!page.complaints.length, `the console says: ${page.complaints.join(' | ')}`);
        console.log(`ok    ${name} (${Date.now() - start} ms)`);
    } catch (error) {
        failures += 1;
        console.log(`FAILS ${name}: ${error.message}`);
    }
    await page.close();
};

const moment = page => page.run('Report.state.moment');
const view = page => page.run('Report.state.view.to - Report.state.view.from');
const shows = (page, selector) => page.run(`(document.querySelector(${JSON.stringify(selector)})?.textContent ?? '')`);
const all = fs.readdirSync(folder).filter(name => name.endsWith('.html')).map(name => name.slice(0, -5));

for (const name of all) {
    await check(`${name}: opens within two seconds, with every section, in both languages`, name, async (page, took) => {
        holds(took < 2000, `it takes ${took} ms`);
        await page.run('Report.renderHidden()');
        const sections = await page.run(`[...document.querySelectorAll('main > section')].map(one => [one.id, one.querySelector('.body')?.childElementCount ?? 0])`);
        for (const [id, count] of sections) holds(count > 0, `section ${id} is empty`);
        holds(await page.run('document.querySelector("h1").textContent.length > 0'), 'there is no heading');
        equal((await page.run('Report.missingWords()')).join(), '', 'words that one language lacks');
        for (const language of ['zh', 'en']) {
            await page.run(`Report.set({ language: '${language}' })`);
            await page.settle();
            await page.run('Report.renderHidden()');
            equal(await page.run('document.documentElement.lang'), language === 'zh' ? 'zh-Hans' : 'en', 'language');
        }
        // A name is text, whatever it contains.
        equal(await page.run('document.querySelectorAll("script").length'), 1, 'scripts');
        equal(await page.run('document.querySelectorAll("img, iframe, object, form:not(dialog form)").length'), 0, 'foreign elements');
        equal(await page.run('typeof window.planted'), 'undefined', 'what a name planted');
    });
}

await check('keys move the moment, zoom, and go to peak and failure', 'fails', async page => {
    const last = await page.run('Report.lastOperation()');
    equal(await moment(page), last, 'it opens at the failure');
    await page.key('ArrowLeft');
    const step = last - await moment(page);
    holds(step > 0, 'the left arrow goes back');
    await page.key('ArrowRight');
    equal(await moment(page), last, 'the right arrow goes on');
    await page.key('[');
    holds(await moment(page) < last, '[ goes to the keyframe before');
    await page.key(']');
    equal(await moment(page), last, '] goes to the keyframe after');
    await page.run('Report.goTo(5)');
    await page.key('f');
    equal(await moment(page), last, 'f goes to the failure');
    await page.key('+');
    holds(await view(page) < 0.7, '+ zooms in');
    await page.key('-');
    await page.key('0');
    equal(await view(page), 1, '0 shows all');
    await page.key('?');
    holds(await page.run('document.querySelector("dialog").open'), '? shows the keys');
    await page.key('Escape');
    await page.until('!document.querySelector("dialog")');
    await page.run('document.getElementById("slider").focus()');
    await page.key('Home');
    equal(await moment(page), 0, 'Home on the slider');
    await page.key('PageUp');
    await page.key('PageDown');
    await page.key('End');
    equal(await moment(page), last, 'End on the slider');
    await page.place('#timeline .stage');
    await page.run('document.querySelector("#timeline .stage").focus()');
    await page.key('Home');
    equal(await moment(page), 0, 'Home on the timeline');
    holds((await page.run('document.querySelector("#timeline .stage").getAttribute("aria-valuetext")')).includes('after operation 0'), 'the timeline tells its moment');
    holds((await shows(page, '#readout')).includes('after operation 0'), 'the readout tells the moment');
});

await check('p goes to the peak', 'fits', async page => {
    await page.run('Report.goTo(1)');
    await page.key('p');
    equal(await page.run('Report.keyframe()?.kind'), 'peak', 'the keyframe');
});

await check('pointers: hover tells, a click goes there, a drag chooses, the wheel zooms', 'fails', async page => {
    const last = await page.run('Report.lastOperation()');
    await page.hover('#timeline canvas', 0.5, 0.3);
    holds((await shows(page, '#timeline .tip')).includes('after operation'), 'the timeline tells what is under the pointer');
    await page.click('#timeline canvas', 0.5, 0.3);
    const half = await moment(page);
    holds(Math.abs(half / last - 0.5) < 0.1, `a click in the middle goes to ${half} of ${last}`);
    await page.hover('#map canvas', 0.9, 0.8);
    holds((await shows(page, '#map .tip')).includes('bytes'), 'the map tells what is under the pointer');
    await page.click('#map canvas', 0.8, 0.5);
    holds(await moment(page) > half, 'a click on the map goes there');
    const from = await page.place('#timeline canvas', 0.3, 0.3);
    const to = await page.place('#timeline canvas', 0.6, 0.3);
    await page.mouse('mousePressed', from, { button: 'left', buttons: 1, clickCount: 1 });
    for (let step = 1; step <= 5; step++) {
        await page.mouse('mouseMoved', { x: from.x + (to.x - from.x) * step / 5, y: from.y }, { button: 'left', buttons: 1 });
    }
    await page.mouse('mouseReleased', to, { button: 'left', clickCount: 1 });
    await page.settle();
    const chosen = await view(page);
    holds(chosen > 0.2 && chosen < 0.45, `a drag chooses ${chosen}`);
    const at = await page.place('#map canvas', 0.5, 0.5);
    await page.run('document.querySelector("#map .stage").focus()');
    await page.mouse('mouseWheel', at, { deltaX: 0, deltaY: -200 });
    await page.until(`Report.state.view.to - Report.state.view.from < ${chosen}`);
    await page.click('#zoom-all');
    equal(await view(page), 1, 'all is shown');
});

await check('the strip tells blocks, by pointer and by key', 'fails', async page => {
    await page.key('f');
    await page.place('#strip .stage');
    await page.hover('#strip canvas', 0.4, 0.5);
    holds((await shows(page, '#strip .tip')).includes('offset'), 'the block under the pointer');
    await page.click('#strip canvas', 0.4, 0.5);
    const first = await shows(page, '#strip .panel');
    holds(first.includes('offset'), 'the block that was chosen');
    await page.run('document.querySelector("#strip .stage").focus()');
    await page.key('ArrowRight');
    const second = await shows(page, '#strip .panel');
    holds(second !== first, 'the next block');
    equal(await moment(page), await page.run('Report.lastOperation()'), 'the moment stays');
    await page.run('Report.goTo(Math.floor(Report.lastOperation() / 3) + 1)');
    await page.settle();
    if (!await page.run('Boolean(Report.keyframe())')) {
        await page.click('#nearest');
        holds(await page.run('Boolean(Report.keyframe())'), 'the nearest keyframe');
    }
});

await check('the legend isolates and hides, the colouring changes', 'fails', async page => {
    const picture = () => page.run('document.querySelector("#map canvas").toDataURL()');
    await page.place('#map');
    const before = await picture();
    await page.click('#map [data-category="0"]');
    const isolated = await picture();
    holds(isolated !== before, 'a click changes the map');
    holds((await shows(page, '#map .controls')).includes('dimmed'), 'the filter is told');
    await page.key('Escape');
    holds(await picture() === before, 'Escape shows everything');
    for (const way of await page.run('Report.colourings(Report.source())')) {
        await page.run(`Report.set({ colourBy: '${way}' })`);
        await page.settle();
        equal(await page.run('document.querySelector(".colour-by").value'), way, 'colouring');
    }
    holds(await picture() !== before, 'by size it looks different');
});

await check('the axis may be time', 'fails', async page => {
    if (!await page.run('Report.axis.hasTime()')) return;
    const middle = 'Math.round(Report.axis.at(500, 1000))';
    const before = await page.run(middle);
    await page.click('#timeline [data-axis="time"]');
    equal(await page.run('Report.state.axis'), 'time', 'axis');
    const after = await page.run(middle);
    holds(after >= 0 && after <= await page.run('Report.lastOperation()'), `the middle is ${after}, by operations ${before}`);
});

await check('two sources: one or the other', 'two', async page => {
    const first = await shows(page, 'h1');
    await page.click('.sources button:last-child');
    holds(await shows(page, 'h1') !== first, 'the other source is shown');
    equal(await page.run('Report.state.source'), 1, 'source');
});

await check('a screen reader finds names, landmarks and headings; text has contrast', 'fails', async page => {
    await page.run('Report.renderHidden()');
    const { nodes } = await page.send('Accessibility.getFullAXTree');
    const roles = new Set(['button', 'link', 'slider', 'combobox', 'searchbox', 'textbox', 'checkbox', 'img']);
    for (const { role, name, ignored } of nodes) {
        if (!ignored && roles.has(role?.value)) holds(name?.value, `a ${role.value} has no name`);
    }
    const found = new Set(nodes.map(({ role }) => role?.value));
    for (const role of ['banner', 'main', 'navigation', 'contentinfo', 'heading', 'region']) holds(found.has(role), `there is no ${role}`);
    for (const theme of ['light', 'dark']) {
        await page.run(`Report.set({ theme: '${theme}' })`);
        await page.settle();
        const worst = await page.run(`(() => {
            const light = name => Report.rgb(Report.style(name)).map(value => value / 255)
                .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
                .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
            const contrast = (one, other) => {
                const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
                return (high + 0.05) / (low + 0.05);
            };
            return ['text', 'soft', 'accent', 'good', 'bad'].flatMap(ink => ['page', 'card', 'raised']
                .map(paper => [contrast(ink, paper), ink, paper])).sort((a, b) => a[0] - b[0])[0];
        })()`);
        holds(worst[0] >= 4.5, `${theme}: ${worst[1]} on ${worst[2]} has a contrast of ${worst[0].toFixed(2)}`);
    }
    await page.prefer({ 'prefers-reduced-motion': 'reduce' });
    equal(await page.run('getComputedStyle(document.documentElement).scrollBehavior'), 'auto', 'scrolling under reduced motion');
});

await check('from 360 to 2560 pixels nothing sticks out', 'fails', async page => {
    for (const width of [360, 480, 768, 1024, 1280, 1920, 2560]) {
        await page.size(width, 900);
        await page.run('Report.renderHidden()');
        await page.settle();
        const wide = await page.run('document.documentElement.scrollWidth');
        holds(wide <= width, `${wide} pixels at ${width}`);
        const canvases = await page.run(`[...document.querySelectorAll('main canvas')].every(one => one.clientWidth <= ${width} && one.width > 0)`);
        holds(canvases, `canvases at ${width}`);
    }
});

await check('no frame takes more than 50 ms while the moment slides', 'fails', async page => {
    const figures = await slide(page);
    console.log(`      the page's own time: ${figures.middle.toFixed(1)} ms a frame, at most ${figures.own.toFixed(1)} ms; `
        + `on the clock ${figures.rate.toFixed(0)} frames a second, the longest ${figures.longest.toFixed(1)} ms`);
    holds(figures.own <= 50, `the longest takes ${figures.own} ms`);
});

// Pictures to be looked at.
if (pictures) {
    for (const name of all) {
        for (const [width, scheme, language] of [[360, 'light', 'en'], [1280, 'light', 'en'], [1280, 'dark', 'zh'], [2560, 'dark', 'en']]) {
            const page = await browser.page();
            await page.size(width, 900);
            await page.prefer({ 'prefers-color-scheme': scheme });
            await page.open(file(name));
            await page.run(`Report.set({ language: '${language}', theme: 'system' })`);
            await page.settle();
            await page.run('Report.renderHidden()');
            await page.settle();
            await page.size(width, Math.min(12_000, await page.run('document.documentElement.scrollHeight')));
            await page.screenshot(path.join(pictures, `${name}-${width}-${scheme}-${language}.png`));
            await page.close();
        }
    }
}

await browser.close();
if (failures) console.log(`${failures} failed`);
process.exitCode = failures ? 1 : 0;
