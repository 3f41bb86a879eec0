// The page's one object: the data, the state that all sections follow, and the sections.
//
// The files are joined in the order of `page.rs` into one script. Nothing here makes markup out of data: names of
// the program become text nodes and nothing else.
'use strict';

const Report = {
    // The document, as `model.rs` describes it.
    data: null,
    // What all sections follow. `moment`: after so many operations. `filter`: what is shown, the rest is dimmed.
    // `site`: an index of the source's calls; `task`: an index of its tasks, -1: unknown.
    state: {
        source: 0,
        moment: 0,
        filter: { task: null, site: null, module: null, text: '' },
        // Empty: by what tells most apart.
        colourBy: '',
        axis: 'operations',
        theme: 'system',
        language: 'en',
        // The index of a block in the keyframe at the moment.
        block: null,
    },
    listeners: [],
    sections: new Map(),
    // How the sections stand on the page.
    order: ['failure', 'diff', 'timeline', 'map', 'strip', 'who', 'leaks', 'pools'],
    blob: null,
};

// ---- the data ----

{
    const bytesOf = text => {
        if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
        const binary = atob(text.trim());
        const bytes = new Uint8Array(binary.length);
        for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
        return bytes;
    };

    // The element's bytes: Base64 of what `data-encoding` names (`gzip`, `deflate` …).
    const decoded = async id => {
        const element = document.getElementById(id);
        const stream = new Blob([bytesOf(element.textContent)]).stream()
            .pipeThrough(new DecompressionStream(element.dataset.encoding));
        element.remove();
        return new Response(stream).arrayBuffer();
    };

    // Names with characters that would turn the text around them, or break its line, are shown with these spelled out.
    const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
    const plain = text => text.replace(controls, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
    const showInCall = call => {
        for (const name of ['function', 'file', 'module']) call[name] = plain(call[name]);
    };
    const showControls = source => {
        source.calls.forEach(showInCall);
        source.tasks = source.tasks.map(plain);
        for (const one of [source, ...source.pools]) one.name = plain(one.name);
        source.program = plain(source.program);
        for (const one of source.failure?.without ?? []) one.function = plain(one.function);
    };

    Report.decode = async () => {
        const [text, blob] = await Promise.all([decoded('document'), decoded('blob')]);
        Report.data = JSON.parse(new TextDecoder().decode(text));
        Report.data.sources.forEach(showControls);
        for (const row of Report.data.diff?.rows ?? []) showInCall(row.site);
        Report.blob = blob;
    };

    const kinds = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array, f64: Float64Array };
    // The machine's own order of bytes is little-endian wherever a browser runs.
    Report.row = row => new kinds[row.type](Report.blob, row.offset, row.length);
}

Report.source = () => Report.data.sources[Report.state.source];

// ---- moments ----

// The column that holds the operation (the first operation is 1), of a timeline, a map or holdings.
Report.columnOf = (what, operation) => {
    const column = Math.ceil(operation / what.operations_per_column) - 1;
    return Math.min(Math.max(column, 0), what.columns - 1);
};

// The last operation that a report of this source can show: that before the failure, or that of the trace.
Report.lastOperation = (source = Report.source()) => {
    const shown = source.timeline;
    if (!shown) return Math.max(0, ...source.keyframes.map(one => one.operation));
    const ends = shown.columns * shown.operations_per_column;
    const last = source.failure ? source.failure.operation - 1 : source.operations;
    return Math.max(0, Math.min(ends, last));
};

// The keyframe exactly at the moment, or null. Of a dump: the only one.
Report.keyframe = () => {
    const source = Report.source();
    if (!source.timeline) return source.keyframes[0] ?? null;
    return source.keyframes.find(one => one.operation === Report.state.moment) ?? null;
};

// The keyframe nearest to a moment.
Report.nearestKeyframe = (moment = Report.state.moment) => {
    let nearest = null;
    for (const one of Report.source().keyframes) {
        if (!nearest || Math.abs(one.operation - moment) < Math.abs(nearest.operation - moment)) nearest = one;
    }
    return nearest;
};

// ---- the state ----

// `listener(changed)` is told the set of the changed names, once before the next frame is drawn.
Report.on = listener => Report.listeners.push(listener);

{
    let changed = new Set();
    let isAsked = false;

    // Sections out of sight are brought up to date when they come into it.
    const tell = () => {
        const told = changed;
        changed = new Set();
        isAsked = false;
        if (told.has('language') || told.has('source')) {
            Report.renderAll();
            return;
        }
        for (const listener of Report.listeners) listener(told);
        for (const section of Report.sections.values()) {
            if (!section.element) continue;
            for (const name of told) section.stale.add(name);
            if (section.isVisible) Report.bringUpToDate(section);
        }
    };

    Report.set = changes => {
        for (const [name, value] of Object.entries(changes)) {
            if (Object.is(Report.state[name], value)) continue;
            Report.state[name] = value;
            changed.add(name);
        }
        if (changed.size && !isAsked) {
            isAsked = true;
            requestAnimationFrame(tell);
        }
    };

    Report.bringUpToDate = section => {
        if (!section.element || !section.stale.size) return;
        const stale = section.stale;
        section.stale = new Set();
        section.update?.(stale);
    };
}

// Changes some of the filter, keeps the rest.
Report.setFilter = changes => Report.set({ filter: { ...Report.state.filter, ...changes } });
Report.noFilter = { task: null, site: null, module: null, text: '' };
Report.isFiltered = () => Object.keys(Report.noFilter)
    .some(name => Report.state.filter[name] !== Report.noFilter[name]);

// Goes to a moment that something is known of: a keyframe, or the end of the column that the operation is in.
Report.goTo = operation => {
    const { timeline, keyframes } = Report.source();
    const last = Report.lastOperation();
    const wanted = Math.round(Math.min(Math.max(operation, 0), last));
    const isKnown = !timeline || wanted === 0 || keyframes.some(one => one.operation === wanted);
    const moment = isKnown ? wanted
        : Math.min(last, (Report.columnOf(timeline, wanted) + 1) * timeline.operations_per_column);
    Report.set({ moment, block: null });
};

// ---- the sections ----

// `section`: `available(source)`: is there something to show; `render(element, source)`: makes it, into an empty
// element that has the heading already; `update(changed)`: something of the state changed. Its heading is the word
// `<id>.title`, what is said below it is `<id>.about`, if there is such a word.
Report.section = (id, section) => {
    Report.sections.set(id, { id, stale: new Set(), isVisible: false, element: null, ...section });
};

Report.shownSections = () => Report.order
    .map(id => Report.sections.get(id))
    .filter(section => section && section.available(Report.source()));

{
    let observer = null;

    const render = section => {
        if (section.body) return;
        section.body = Report.h('div', { class: 'body' });
        section.element.append(section.body);
        section.element.removeAttribute('data-waits');
        section.stale = new Set();
        section.render(section.body, Report.source());
    };

    // Makes the whole page anew, in the language of the state and for its source.
    Report.renderAll = () => {
        const main = document.getElementById('main');
        observer?.disconnect();
        for (const section of Report.sections.values()) {
            section.element = section.body = null;
            section.isVisible = false;
        }
        document.documentElement.lang = Report.state.language === 'zh' ? 'zh-Hans' : 'en';
        main.replaceChildren();
        Report.renderHeader();
        observer = new IntersectionObserver(entries => {
            for (const entry of entries) {
                const section = Report.sections.get(entry.target.id);
                if (!section?.element) continue;
                section.isVisible = entry.isIntersecting;
                if (!entry.isIntersecting) continue;
                render(section);
                Report.bringUpToDate(section);
            }
        }, { rootMargin: '300px' });
        for (const section of Report.shownSections()) {
            const about = `${section.id}.about`;
            section.element = Report.h('section',
                { id: section.id, 'aria-labelledby': `${section.id}-title`, 'data-waits': '' },
                Report.h('div', { class: 'heading' },
                    Report.h('h2', { id: `${section.id}-title` }, Report.t(`${section.id}.title`)),
                    Report.hasWord(about) && Report.h('p', { class: 'about' }, Report.t(about))));
            main.append(section.element);
            observer.observe(section.element);
        }
        for (const listener of Report.listeners) listener(new Set(Object.keys(Report.state)));
    };

    // Makes those, too, that nobody scrolled to: to be printed, or to be found by the browser's search.
    Report.renderHidden = () => {
        for (const section of Report.sections.values()) {
            if (!section.element) continue;
            render(section);
            Report.bringUpToDate(section);
        }
    };
}

// ---- elements ----

// An element: `h('td', {class: 'number', onclick: f}, 'text', child, null)`. Strings become text nodes. An attribute
// that is null, undefined or false is left out; `true` is an empty one; functions are listeners.
Report.h = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (typeof value === 'function') element.addEventListener(name.slice(2), value);
        else if (name === 'style') Object.assign(element.style, value);
        else element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...children.flat(Infinity).filter(one => one !== null && one !== undefined && one !== false));
    return element;
};

// Tells a screen reader; the last of what is said within half a second.
{
    let timer = 0;
    Report.say = text => {
        clearTimeout(timer);
        timer = setTimeout(() => { document.getElementById('live').textContent = text; }, 500);
    };
}

// The width of an element as it was when it last changed. To ask the element would have the browser lay the page out
// anew, once for each drawing of a frame.
{
    const widths = new WeakMap();
    const listeners = new WeakMap();
    const observer = new ResizeObserver(entries => {
        for (const { target } of entries) {
            widths.set(target, target.clientWidth);
            for (const listener of listeners.get(target)) listener();
        }
    });

    Report.widthOf = element => {
        if (!widths.get(element)) widths.set(element, element.clientWidth);
        return widths.get(element);
    };

    // `listener()` is called whenever the size has changed, and at first.
    Report.onWidth = (element, listener) => {
        listeners.set(element, [...listeners.get(element) ?? [], listener]);
        observer.observe(element);
    };
}

// A canvas of the element's width in real pixels. `draw(context, width, height)` in CSS pixels, now and whenever its
// size or the density changes. Answers the function that draws again.
Report.canvas = (canvas, height, draw) => {
    const context = canvas.getContext('2d');
    const again = () => {
        const width = Report.widthOf(canvas);
        if (!width) return;
        const tall = typeof height === 'function' ? height(width) : height;
        const density = window.devicePixelRatio || 1;
        if (canvas.width !== Math.round(width * density) || canvas.height !== Math.round(tall * density)) {
            canvas.width = Math.round(width * density);
            canvas.height = Math.round(tall * density);
            canvas.style.height = `${tall}px`;
        }
        context.setTransform(density, 0, 0, density, 0, 0);
        context.clearRect(0, 0, width, tall);
        draw(context, width, tall);
    };
    Report.onWidth(canvas, again);
    return again;
};
