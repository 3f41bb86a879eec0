// A headless Chromium, spoken to through two pipes (`--remote-debugging-pipe`: file descriptors 3 and 4, JSON messages
// of the DevTools protocol with a zero byte after each). Needs nothing but Node.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const patience = 30_000;

export class Browser {
    static async open(program = process.env.CHROMIUM ?? 'chromium') {
        const browser = new Browser();
        browser.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'litepool-page-'));
        browser.process = spawn(program, [
            '--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run',
            '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions',
            '--enable-precise-memory-info', '--remote-debugging-pipe', `--user-data-dir=${browser.profile}`, 'about:blank',
        ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
        browser.next = 1;
        browser.waiting = new Map();
        browser.listeners = new Map();
        let rest = '';
        browser.process.stdio[4].setEncoding('utf8').on('data', text => {
            const messages = (rest + text).split('\0');
            rest = messages.pop();
            for (const message of messages) browser.#receive(JSON.parse(message));
        });
        browser.process.on('error', error => { throw new Error(`${program} does not start: ${error.message}`); });
        return browser;
    }

    #receive({ id, method, params, result, error, sessionId }) {
        if (method) {
            for (const listener of this.listeners.get(`${sessionId} ${method}`) ?? []) listener(params);
            return;
        }
        const { resolve, reject, name, timer } = this.waiting.get(id);
        this.waiting.delete(id);
        clearTimeout(timer);
        if (error) reject(new Error(`${name}: ${error.message}`));
        else resolve(result);
    }

    send(method, params = {}, sessionId = undefined) {
        const id = this.next++;
        this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
        return new Promise((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), patience);
            this.waiting.set(id, { resolve, reject, name: method, timer });
        });
    }

    async page() {
        const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
        const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
        const page = new Page(this, targetId, sessionId);
        await Promise.all(['Page', 'Runtime', 'Log', 'Network', 'Performance', 'Accessibility', 'DOM']
            .map(domain => page.send(`${domain}.enable`)));
        return page;
    }

    async close() {
        await Promise.race([this.send('Browser.close').catch(() => {}), new Promise(resolve => setTimeout(resolve, 2000))]);
        this.process.kill('SIGKILL');
        await new Promise(resolve => setTimeout(resolve, 200));
        fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
}

// A tab. `complaints`: what its console said against the page, and what it asked the network for.
export class Page {
    constructor(browser, target, session) {
        Object.assign(this, { browser, target, session, complaints: [], own: '' });
        this.on('Runtime.exceptionThrown', ({ exceptionDetails: told }) =>
            this.complaints.push(told.exception?.description ?? told.text));
        this.on('Runtime.consoleAPICalled', ({ type, args }) => {
            if (type === 'error' || type === 'warning' || type === 'assert') {
                this.complaints.push(args.map(one => one.value ?? one.description).join(' '));
            }
        });
        this.on('Log.entryAdded', ({ entry }) => {
            if (entry.level === 'error' || entry.level === 'warning') this.complaints.push(entry.text);
        });
        this.on('Network.requestWillBeSent', ({ request }) => {
            if (!request.url.startsWith('data:') && request.url.split('#')[0] !== this.own) {
                this.complaints.push(`asks for ${request.url}`);
            }
        });
    }

    on(event, listener) {
        const key = `${this.session} ${event}`;
        this.browser.listeners.set(key, [...this.browser.listeners.get(key) ?? [], listener]);
    }

    send(method, params) {
        return this.browser.send(method, params, this.session);
    }

    // The value of an expression; promises are waited for.
    async run(expression) {
        const { result, exceptionDetails: told } = await this.send('Runtime.evaluate',
            { expression, awaitPromise: true, returnByValue: true });
        if (told) throw new Error(`${expression}: ${told.exception?.description ?? told.text}`);
        return result.value;
    }

    async size(width, height, density = 1) {
        await this.send('Emulation.setDeviceMetricsOverride',
            { width, height, deviceScaleFactor: density, mobile: width < 500 });
        await this.settle();
    }

    async prefer(features) {
        await this.send('Emulation.setEmulatedMedia',
            { features: Object.entries(features).map(([name, value]) => ({ name, value })) });
        await this.settle();
    }

    // Opens a file and waits until the report stands. Answers the milliseconds that took.
    async open(file) {
        this.own = `file://${path.resolve(file)}`;
        await this.send('Page.navigate', { url: this.own });
        await this.until('"ready" in document.documentElement.dataset');
        return this.run('performance.now()');
    }

    async until(expression) {
        const end = Date.now() + patience;
        while (!await this.run(`document.readyState !== 'loading' && (${expression})`).catch(() => false)) {
            if (Date.now() > end) throw new Error(`never came: ${expression}`);
            await new Promise(resolve => setTimeout(resolve, 20));
        }
    }

    // Two frames were drawn.
    settle() {
        return this.run('new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))))');
    }

    // The middle of the element, after it was scrolled into sight; or a place in it, as shares of its size.
    async place(selector, across = 0.5, down = 0.5) {
        const place = await this.run(`(() => {
            const element = document.querySelector(${JSON.stringify(selector)});
            if (!element) return null;
            element.scrollIntoView({ block: 'center', behavior: 'instant' });
            const box = element.getBoundingClientRect();
            return [box.left + box.width * ${across}, box.top + box.height * ${down}];
        })()`);
        if (!place) throw new Error(`there is no ${selector}`);
        await this.settle();
        return { x: place[0], y: place[1] };
    }

    async mouse(type, at, more = {}) {
        await this.send('Input.dispatchMouseEvent', { type, ...at, ...more });
    }

    async click(selector, across, down) {
        const at = await this.place(selector, across, down);
        await this.mouse('mouseMoved', at);
        await this.mouse('mousePressed', at, { button: 'left', buttons: 1, clickCount: 1 });
        await this.mouse('mouseReleased', at, { button: 'left', clickCount: 1 });
        await this.settle();
    }

    async hover(selector, across, down) {
        await this.mouse('mouseMoved', await this.place(selector, across, down));
        await this.settle();
    }

    async key(key, { shift = false } = {}) {
        const codes = { ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, PageUp: 33, PageDown: 34, End: 35, Home: 36, Enter: 13, Escape: 27, Tab: 9, ' ': 32 };
        const text = key.length === 1 ? key : key === 'Enter' ? '\r' : undefined;
        const common = { key, modifiers: shift ? 8 : 0, windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0) };
        await this.send('Input.dispatchKeyEvent', { type: 'keyDown', text, ...common });
        await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...common });
        await this.settle();
    }

    async screenshot(file, { whole = false } = {}) {
        fs.mkdirSync(path.dirname(file), { recursive: true });
        const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole });
        fs.writeFileSync(file, Buffer.from(data, 'base64'));
    }

    async close() {
        await this.browser.send('Target.closeTarget', { targetId: this.target });
    }
}
