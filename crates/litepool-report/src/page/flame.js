// Live bytes by call stack: a box is a call, as wide as what was allocated below it. It hangs from its caller; what
// wanted the memory is at the lower end, wrappers around the allocator are folded into it.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'flame.label': 'Live bytes by call stack. Arrow keys move, Enter zooms in, Escape zooms out.',
            'flame.all': 'everything', 'flame.unknown': 'unknown call stack',
            'flame.reset': 'Zoom out', 'flame.only': 'Show only this call site',
            'flame.share': '{bytes} ({share} of everything), {objects}',
            'flame.objects': { one: '{n} object', other: '{n} objects' },
            'flame.hint': 'A click or Enter zooms in. A box is as wide as the bytes that were allocated below it.',
            'flame.narrow': { one: '{n} box is too narrow to be drawn here; zoom in to see it.', other: '{n} boxes are too narrow to be drawn here; zoom in to see them.' },
            'flame.flat': 'The file tells call sites and not whole call stacks, so they stand under their module. More callers are recorded with “litepool record --depth 16”.',
        },
        zh: {
            'flame.label': '按调用栈统计的存活字节。方向键移动，Enter 放大，Escape 缩小。',
            'flame.all': '全部', 'flame.unknown': '调用栈未知',
            'flame.reset': '还原缩放', 'flame.only': '只显示此调用点',
            'flame.share': '{bytes}（占全部的 {share}），{objects}',
            'flame.objects': '{n} 个对象',
            'flame.hint': '单击或按 Enter 放大。方框的宽度是其下所分配的字节数。',
            'flame.narrow': '有 {n} 个方框太窄，此处未画出；放大即可看到。',
            'flame.flat': '文件只含调用点，不含完整调用栈，因此按模块分组。用“litepool record --depth 16”可记录更多层调用者。',
        },
    });

    const rowHeight = 24;
    const narrowest = 2;
    const mostBoxes = 450;

    // The stack's tree without wrappers: the stack that the bytes of a stack hang from.
    const folded = new WeakMap();
    const foldOf = source => {
        if (folded.has(source)) return folded.get(source);
        const { stacks } = source;
        const fold = stacks.map((stack, leaf) => {
            let at = leaf;
            while (at > 0 && stacks[at].call !== stack.site) at = stacks[at].parent;
            return at || leaf;
        });
        folded.set(source, fold);
        return fold;
    };

    // Are there callers at all?
    const isFlat = source => !source.stacks.some((stack, at) => at > 0 && stack.parent > 0);

    // The boxes as a tree: {id, call, bytes, blocks, shown, colour, children, parent, depth, site}. Only who has
    // something is in it. O(shares + boxes).
    const treeOf = (source, shares) => {
        const colouring = Report.colouring();
        const fold = foldOf(source);
        const flat = isFlat(source);
        const kinds = colouring.isQuantity ? 1 : colouring.categories.length;
        // A caller stands before what it calls.
        const all = [];
        const child = (id, parent, call, name = null) => {
            const made = {
                id, parent, call, name, bytes: 0, blocks: 0, shown: 0, children: [], index: all.length, isOrdered: false,
                depth: parent ? parent.depth + 1 : 0, site: null, colour: null,
            };
            all.push(made);
            parent?.children.push(made);
            return made;
        };
        const root = child('0', null, null, t('flame.all'));
        const ofStack = new Array(source.stacks.length);
        const modules = new Map();
        const ofModule = name => {
            if (!modules.has(name)) modules.set(name, child(`m${name}`, root, null, name));
            return modules.get(name);
        };
        const nodeOf = stack => {
            if (ofStack[stack]) return ofStack[stack];
            if (!stack || !source.stacks[stack]) return ofStack[0] ??= child('unknown', root, null, t('flame.unknown'));
            const path = [];
            for (let at = stack; at > 0 && !ofStack[at]; at = source.stacks[at].parent) path.push(at);
            let parent = ofStack[source.stacks[path.at(-1)].parent] || root;
            if (source.stacks[path.at(-1)].parent === 0) parent = root;
            for (const at of path.reverse()) {
                const { call } = source.stacks[at];
                parent = ofStack[at] = child(`s${at}`, flat ? ofModule(Report.names.module(call)) : parent, call);
            }
            return parent;
        };
        const added = shares.map(({ stack, task, bytes, blocks }) => {
            const leaf = nodeOf(fold[stack] ?? 0);
            leaf.bytes += bytes;
            leaf.blocks += blocks;
            if (Report.matches(stack, task)) leaf.shown += bytes;
            if (stack) leaf.site = Report.siteOf(stack);
            return [leaf.index, colouring.isQuantity ? 0 : colouring.of(stack, task, 0, 0), bytes];
        });
        const weights = new Float64Array(all.length * kinds);
        for (const [index, category, bytes] of added) weights[index * kinds + category] += bytes;
        for (let index = all.length - 1; index >= 0; index--) {
            const at = all[index];
            // A box has a category's colour if nearly all of it is that category's.
            for (let kind = 0; kind < kinds; kind++) {
                const bytes = weights[index * kinds + kind];
                if (!colouring.isQuantity && bytes && bytes >= 0.9 * at.bytes) at.colour = colouring.categories[kind].colour;
                if (index) weights[at.parent.index * kinds + kind] += bytes;
            }
            if (!index) continue;
            at.parent.bytes += at.bytes;
            at.parent.blocks += at.blocks;
            at.parent.shown += at.shown;
        }
        return { root, nodes: new Map(all.map(one => [one.id, one])) };
    };

    // The callees, the widest first.
    const calleesOf = at => {
        if (!at.isOrdered) at.children.sort((one, other) => other.bytes - one.bytes || one.index - other.index);
        at.isOrdered = true;
        return at.children;
    };

    const nameOf = at => at.name ?? Report.names.function(at.call);

    // A flame graph. Answers {element, show(shares), again(), draw()}: what it shows, the filter or the colours changed;
    // then it is to be drawn.
    Report.flame = source => {
        let tree = null;
        let shares = [];
        let zoomed = '0';
        let focused = '0';
        let drawn = [];
        let waits = 0;
        const boxes = new Map();
        const stage = h('div', { class: 'flame', role: 'tree', 'aria-label': t('flame.label') });
        const details = h('div', { class: 'flame-details', id: 'flame-details' });
        const reset = h('button', { type: 'button', id: 'flame-reset', class: 'small', hidden: true, onclick: () => zoomTo('0') }, t('flame.reset'));
        const note = h('p', { class: 'soft note' });

        const nodeOf = id => tree.nodes.get(id);
        const inWords = at => t('flame.share', {
            bytes: format.exact(at.bytes), share: format.percent(at.bytes / (tree.root.bytes || 1)), objects: t('flame.objects', { n: at.blocks }),
        });
        const whole = at => {
            const call = at.call === null ? null : source.calls[at.call];
            return [nameOf(at), call?.file && `${call.file}:${call.line}`, call?.module, inWords(at)].filter(Boolean);
        };

        const tell = at => {
            const call = at.call === null ? null : source.calls[at.call];
            details.replaceChildren(
                h('b', {}, h('bdi', {}, nameOf(at))), ' ',
                ...call?.function && call.file ? [h('bdi', { class: 'code soft' }, Report.names.file(call)), ' '] : [],
                ...call?.module ? [h('bdi', { class: 'soft' }, Report.names.module(at.call)), ' '] : [],
                h('span', { class: 'amount' }, inWords(at)), ' ',
                ...at.site !== null ? [Report.onlyButton('site', at.site, t('flame.only'))] : [],
            );
        };

        // What is drawn: [node, left, width] in pixels; ancestors of the zoomed one take the whole width.
        const layOut = width => {
            const placed = [];
            let left = 0;
            const above = [];
            const middle = nodeOf(zoomed);
            for (let at = middle.parent; at; at = at.parent) above.unshift(at);
            for (const at of above) placed.push([at, 0, width, true]);
            const queue = [[middle, 0, width]];
            for (let next = 0; next < queue.length; next++) {
                const [at, from, wide] = queue[next];
                placed.push([at, from, wide, false]);
                let x = from;
                for (const child of calleesOf(at)) {
                    const its = at.bytes > 0 ? wide * Math.max(0, child.bytes) / at.bytes : 0;
                    if (its >= narrowest && queue.length < mostBoxes) queue.push([child, x, its]);
                    else left += 1;
                    x += its;
                }
            }
            return [placed, left];
        };

        const box = at => {
            if (boxes.has(at.id)) return boxes.get(at.id);
            const element = h('div', { class: 'box', role: 'treeitem', 'data-id': at.id }, h('bdi', {}));
            boxes.set(at.id, element);
            return element;
        };

        const isFound = at => {
            const text = Report.state.filter.text.toLowerCase();
            return text && at.call !== null && Report.names.call(at.call).toLowerCase().includes(text);
        };

        const draw = () => {
            const width = Report.widthOf(stage);
            if (!width || !tree) return;
            const [placed, left] = layOut(width);
            drawn = placed.map(([at]) => at);
            if (!drawn.some(at => at.id === focused)) focused = zoomed;
            const used = new Set();
            let deepest = 0;
            let added = false;
            const filtered = Report.isFiltered();
            for (const [at, from, wide, isAbove] of placed) {
                const element = box(at);
                used.add(at.id);
                deepest = Math.max(deepest, at.depth);
                const { style } = element;
                style.left = `${from.toFixed(1)}px`;
                style.width = `${Math.max(1, wide - 1).toFixed(1)}px`;
                style.top = `${at.depth * rowHeight}px`;
                style.setProperty('--colour', at.colour ?? 'var(--others)');
                element.className = `box${isAbove ? ' above' : ''}${filtered && !at.shown ? ' dim' : ''}${isFound(at) ? ' found' : ''}${at.site !== null ? ' leaf' : ''}`;
                element.tabIndex = at.id === focused ? 0 : -1;
                element.setAttribute('aria-level', at.depth + 1);
                if (at.children.length) element.setAttribute('aria-expanded', 'true');
                else element.removeAttribute('aria-expanded');
                const text = wide > 28 ? nameOf(at) : '';
                if (element.firstChild.textContent !== text) element.firstChild.textContent = text;
                if (!element.isConnected) { stage.append(element); added = true; }
            }
            for (const [id, element] of boxes) {
                if (used.has(id)) continue;
                element.remove();
                boxes.delete(id);
            }
            // A screen reader reads them in the order of the document: as the tree has them.
            if (added && !stage.contains(document.activeElement)) {
                const inOrder = at => { if (used.has(at.id)) { stage.append(boxes.get(at.id)); calleesOf(at).forEach(inOrder); } };
                inOrder(tree.root);
            }
            stage.style.height = `${(deepest + 1) * rowHeight}px`;
            reset.hidden = zoomed === '0';
            note.replaceChildren(t(isFlat(source) ? 'flame.flat' : 'flame.hint'), left ? ` ${t('flame.narrow', { n: left })}` : '');
            tell(nodeOf(focused));
            clearTimeout(waits);
            waits = setTimeout(label, 150);
        };

        // What a box is in words, once it stands still: while the moment slides nobody reads it.
        const label = () => {
            for (const at of drawn) {
                const element = boxes.get(at.id);
                if (!element) continue;
                const words = whole(at);
                element.setAttribute('aria-label', words.join(', '));
                element.title = words.join('\n');
            }
        };

        const focus = at => {
            if (!at || !boxes.has(at.id)) return;
            const before = boxes.get(focused);
            if (before) before.tabIndex = -1;
            focused = at.id;
            boxes.get(focused).tabIndex = 0;
            boxes.get(focused).focus({ preventScroll: true });
            boxes.get(focused).scrollIntoView({ block: 'nearest', inline: 'nearest' });
            tell(at);
        };

        const zoomTo = id => {
            const hadFocus = stage.contains(document.activeElement) || document.activeElement === reset;
            zoomed = id;
            focused = id;
            draw();
            if (hadFocus) focus(nodeOf(id));
        };

        const beside = (at, step) => {
            const row = drawn.filter(one => one.depth === at.depth);
            return row[row.indexOf(at) + step];
        };

        stage.addEventListener('click', event => {
            const id = event.target.closest('.box')?.dataset.id;
            if (!id) return;
            zoomTo(id === zoomed && nodeOf(id).parent ? nodeOf(id).parent.id : id);
            focus(nodeOf(id));
        });
        stage.addEventListener('mouseover', event => {
            const at = nodeOf(event.target.closest('.box')?.dataset.id ?? '');
            if (at) tell(at);
        });
        stage.addEventListener('mouseleave', () => { if (tree) tell(nodeOf(focused)); });
        stage.addEventListener('focusin', event => {
            const at = nodeOf(event.target.dataset.id ?? '');
            if (at) { focused = at.id; tell(at); }
        });
        stage.addEventListener('keydown', event => {
            const at = nodeOf(focused);
            const next = {
                ArrowDown: () => focus(calleesOf(at).find(child => boxes.has(child.id))),
                ArrowUp: () => focus(at.parent),
                ArrowLeft: () => focus(beside(at, -1)),
                ArrowRight: () => focus(beside(at, 1)),
                Home: () => focus(tree.root),
                End: () => focus(drawn.at(-1)),
                Enter: () => zoomTo(at.id),
                ' ': () => zoomTo(at.id),
                Backspace: () => zoomTo(nodeOf(zoomed).parent?.id ?? '0'),
                Escape: zoomed === '0' ? null : () => zoomTo('0'),
            }[event.key];
            if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
            event.preventDefault();
            next();
        });
        Report.onWidth(stage, draw);

        const make = () => {
            tree = treeOf(source, shares);
            // What was zoomed into may have nothing at this moment.
            if (!nodeOf(zoomed)) zoomed = '0';
            if (!nodeOf(focused)) focused = zoomed;
        };

        return {
            element: h('div', {}, h('div', { class: 'flame-head' }, details, reset), stage, note),
            show: given => { shares = given; make(); },
            again: make,
            draw,
        };
    };
}
