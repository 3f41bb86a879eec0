// Who: live bytes by owner at a moment, as a flame graph and as a table.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'who.title': 'Who has it',
            'who.sum': 'After operation {operation}, {bytes} are live in {objects}, of {owners}.',
            'who.dump': 'The image has {bytes} in {objects}, of {owners}.',
            'who.objects': { one: '{n} object', other: '{n} objects' },
            'who.owners': { one: '{n} call site', other: '{n} call sites' },
            'who.near': 'That is the nearest moment for which the report tells it.',
            'who.filtered': 'The filter lets {bytes} through ({share}).',
            'who.nothing': 'Nothing is live at this moment.',
            'who.none': 'Nothing that is live passes the filter.',
            'who.when': 'Moment',
            'who.now': 'Slider', 'who.peak': 'Peak', 'who.failure': 'Failure', 'who.end': 'End',
            'who.by': 'Table by',
            'who.by-site': 'Call site', 'who.by-function': 'Function, with its callees', 'who.by-task': 'Task', 'who.by-module': 'Module',
            'who.search': 'Search: function, file, module, task',
            'who.clear': 'Show everything again',
            'who.table': 'Live bytes by owner',
            'who.name': 'Owner', 'who.file': 'File', 'who.module': 'Module', 'who.task': 'Task',
            'who.bytes': 'Bytes', 'who.blocks': 'Objects', 'who.mean': 'Mean size', 'who.part': 'Share',
            'who.more-tasks': '{task} and {n} more',
            'who.inclusive': 'A function has what it allocated itself and what it had others allocate; so the rows add up to more than everything.',
        },
        zh: {
            'who.title': '谁占用内存',
            'who.sum': '第 {operation} 次操作之后，存活 {bytes}，{objects}，来自{owners}。',
            'who.dump': '映像中有 {bytes}，{objects}，来自{owners}。',
            'who.objects': '{n} 个对象',
            'who.owners': ' {n} 个调用点',
            'who.near': '这是报告中含此信息的最近时刻。',
            'who.filtered': '通过筛选的有 {bytes}（{share}）。',
            'who.nothing': '此刻没有存活的对象。',
            'who.none': '没有存活对象符合筛选条件。',
            'who.when': '时刻',
            'who.now': '滑块', 'who.peak': '峰值', 'who.failure': '失败', 'who.end': '结束',
            'who.by': '表格分组',
            'who.by-site': '调用点', 'who.by-function': '函数（含其调用）', 'who.by-task': '任务', 'who.by-module': '模块',
            'who.search': '搜索：函数、文件、模块、任务',
            'who.clear': '重新显示全部',
            'who.table': '按占用者统计的存活字节',
            'who.name': '占用者', 'who.file': '文件', 'who.module': '模块', 'who.task': '任务',
            'who.bytes': '字节', 'who.blocks': '对象', 'who.mean': '平均大小', 'who.part': '占比',
            'who.more-tasks': '{task} 等 {n} 个',
            'who.inclusive': '函数一行包含它自己分配的和它通过其他函数分配的内存，因此各行之和大于总数。',
        },
    });

    // Kept while the page is made anew in another language.
    const kept = { when: 'now', by: 'site', sort: { by: 'bytes', isUp: false } };

    const whens = source => ['peak', 'failure', 'end'].filter(kind => operationOf(kind, source) !== null);
    const operationOf = (kind, source = Report.source()) => {
        if (kind === 'now') return Report.state.moment;
        return source.keyframes.find(one => one.kind === kind)?.operation
            ?? (kind === 'failure' && source.failure ? source.failure.operation - 1 : null);
    };

    const groupings = source => ['site', 'function', 'task', 'module'].filter(by =>
        by === 'site' || (by === 'task' && source.tasks.length > 1)
        || (by === 'function' && source.stacks.some(stack => stack.parent > 0))
        || (by === 'module' && new Set(source.calls.map(call => call.module)).size > 1));

    const taskOf = group => {
        const named = [...group.tasks].sort((one, other) => other[1] - one[1]);
        const first = Report.names.task(named[0][0]);
        return named.length < 2 ? first : t('who.more-tasks', { task: first, n: named.length - 1 });
    };

    // The rows of the table, of what passes the filter.
    const rowsOf = (shares, by) => {
        if (by === 'function') return [...Report.gatherFunctions(shares).values()].map(group => ({ ...group, name: group.key }));
        if (by === 'task') return [...Report.gather(shares, share => share.task).values()].map(group => ({ ...group, name: Report.names.task(group.key) }));
        if (by === 'module') {
            return [...Report.gather(shares, share => Report.names.module(Report.siteOf(share.stack))).values()].map(group => ({ ...group, name: group.key }));
        }
        return [...Report.gather(shares, share => Report.siteOf(share.stack)).values()]
            .map(group => ({ ...group, name: group.key < 0 ? t('names.unknown') : Report.names.function(group.key) }));
    };

    const columnsOf = (by, source, total) => {
        const call = row => by === 'site' ? source.calls[row.key] : null;
        const filterName = { site: 'site', task: 'task', module: 'module' }[by];
        const name = row => {
            const toggles = filterName && !(by === 'module' && row.key === t('names.unknown'));
            const filter = Report.state.filter;
            const isPressed = toggles ? filter[filterName] === row.key : filter.text === row.key;
            return h('button', {
                type: 'button', class: 'owner', 'aria-pressed': String(isPressed), title: t('parts.only'),
                onclick: () => Report.setFilter(toggles ? { [filterName]: isPressed ? null : row.key } : { text: isPressed ? '' : row.key }),
            }, h('bdi', {}, row.name));
        };
        const file = row => call(row) && Report.names.file(call(row));
        return [
            { id: 'name', name: t('who.name'), cell: name, value: row => row.name },
            { id: 'bytes', name: t('who.bytes'), isNumber: true, cell: row => format.count(row.bytes), value: row => row.bytes },
            { id: 'share', name: t('who.part'), isNumber: true, cell: row => Report.shareOf(row.bytes, total), value: row => row.bytes },
            { id: 'blocks', name: t('who.blocks'), isNumber: true, cell: row => format.count(row.blocks), value: row => row.blocks },
            { id: 'mean', name: t('who.mean'), isNumber: true, cell: row => row.blocks ? format.count(row.bytes / row.blocks) : '', value: row => row.blocks ? row.bytes / row.blocks : 0 },
            by === 'site' && source.calls.some(one => one.file) && { id: 'file', name: t('who.file'), cell: row => h('bdi', { class: 'code', title: call(row)?.file || null }, file(row) || ''), value: row => file(row) || '' },
            by === 'site' && source.calls.some(one => one.module) && { id: 'module', name: t('who.module'), cell: row => h('bdi', {}, call(row)?.module ? Report.names.module(row.key) : ''), value: row => call(row)?.module ? Report.names.module(row.key) : '' },
            (by === 'site' || by === 'module') && source.tasks.length > 1 && { id: 'task', name: t('who.task'), cell: row => h('bdi', {}, taskOf(row)), value: taskOf },
        ].filter(Boolean);
    };

    let parts = null;

    // What is live at the chosen moment, told, drawn and listed. While the moment slides, in three frames, since one
    // has no time for all of it.
    const show = ({ isFilterOnly = false, isSliding = false } = {}) => {
        const source = Report.source();
        const held = isFilterOnly ? parts.held : Report.heldAt(operationOf(kept.when) ?? Report.state.moment);
        parts.held = held;
        const all = held.shares.reduce((total, share) => total + share.bytes, 0);
        const passing = held.shares.filter(share => Report.matches(share.stack, share.task));
        const passed = passing.reduce((total, share) => total + share.bytes, 0);
        const sites = new Set(held.shares.map(share => Report.siteOf(share.stack))).size;
        parts.sum.replaceChildren(
            held.shares.length ? t(source.timeline ? 'who.sum' : 'who.dump', {
                operation: format.count(held.operation), bytes: format.exact(all),
                objects: t('who.objects', { n: held.shares.reduce((total, share) => total + share.blocks, 0) }),
                owners: t('who.owners', { n: sites }),
            }) : t('who.nothing'),
            !held.isExact && held.shares.length ? ` ${t('who.near')}` : '',
            Report.isFiltered() && held.shares.length ? ` ${t('who.filtered', { bytes: format.exact(passed), share: format.percent(passed / (all || 1)) })}` : '');
        parts.clear.hidden = !Report.isFiltered();
        if (isFilterOnly) parts.flame.again();
        else parts.flame.show(held.shares);
        parts.about.hidden = kept.by !== 'function';
        cancelAnimationFrame(parts.waits);
        parts.waits = 0;
        const list = () => fillTable(passing, all, source);
        if (isSliding) inFrames([parts.flame.draw, list]);
        else {
            parts.flame.draw();
            list();
        }
    };

    const inFrames = ([first, ...others]) => {
        parts.waits = requestAnimationFrame(() => {
            parts.waits = 0;
            first();
            shownAt = performance.now();
            if (others.length) inFrames(others);
        });
    };

    const fillTable = (passing, all, source) => {
        const table = Report.sortable({ label: t('who.table'), columns: columnsOf(kept.by, source, all || 1), state: kept.sort, step: 25 });
        table.show(rowsOf(passing, kept.by));
        // The button that was pressed keeps the focus although its table is made anew.
        const focused = parts.table.contains(document.activeElement) ? document.activeElement.textContent : null;
        parts.table.replaceChildren(passing.length ? table.element : h('p', { class: 'empty' }, t(parts.held.shares.length ? 'who.none' : 'who.nothing')));
        if (focused !== null) [...parts.table.querySelectorAll('button')].find(one => one.textContent === focused)?.focus({ preventScroll: true });
    };

    // While the moment slides, at most each 150 ms, and after the frames of the time before; and once it stands.
    let shownAt = 0;
    let waits = 0;
    const soon = () => {
        clearTimeout(waits);
        const left = parts.waits ? 30 : shownAt + 150 - performance.now();
        if (left > 0) waits = setTimeout(soon, left);
        else show({ isSliding: true });
    };

    const choice = (id, label, values, word, chosen, choose) => values.length < 2 ? null
        : h('span', { class: 'choice', role: 'group', 'aria-label': label },
            h('span', { class: 'soft label' }, label), ' ',
            h('span', { class: 'group' }, values.map(value => h('button', {
                type: 'button', id: `${id}-${value}`, 'aria-pressed': String(value === chosen),
                onclick: event => {
                    for (const one of event.currentTarget.parentElement.children) one.setAttribute('aria-pressed', String(one === event.currentTarget));
                    choose(value);
                },
            }, t(word(value))))));

    Report.section('who', {
        available: source => Report.hasHeld(source),
        render: (element, source) => {
            const moments = source.timeline ? ['now', ...whens(source)] : [];
            const ways = groupings(source);
            clearTimeout(waits);
            if (parts) cancelAnimationFrame(parts.waits);
            if (!moments.includes(kept.when)) kept.when = 'now';
            if (!ways.includes(kept.by)) kept.by = 'site';
            const search = h('input', {
                type: 'search', id: 'who-search', 'aria-label': t('who.search'), placeholder: t('who.search'), autocomplete: 'off',
                spellcheck: 'false', value: Report.state.filter.text, oninput: () => Report.setFilter({ text: search.value.trim() }),
            });
            parts = {
                sum: h('p', { class: 'sum', id: 'who-sum' }),
                search,
                clear: h('button', { type: 'button', id: 'who-clear', onclick: () => Report.set({ filter: Report.noFilter }) }, t('who.clear')),
                flame: Report.flame(source),
                table: h('div', { id: 'who-table' }),
                about: h('p', { class: 'soft note' }, t('who.inclusive')),
                held: null,
                waits: 0,
            };
            element.append(
                h('div', { class: 'controls' },
                    choice('who-at', t('who.when'), moments, value => `who.${value}`, kept.when, value => { kept.when = value; show(); }) ?? '',
                    h('span', { class: 'find' }, search, parts.clear)),
                parts.sum, parts.flame.element,
                h('div', { class: 'controls' },
                    choice('who-by', t('who.by'), ways, value => `who.by-${value}`, kept.by, value => { kept.by = value; show(); }) ?? ''),
                parts.about, parts.table);
            show();
        },
        update: changed => {
            if (changed.has('moment') && kept.when === 'now') soon();
            else if (['filter', 'colourBy', 'theme', 'scheme'].some(name => changed.has(name))) show({ isFilterOnly: true });
            if (changed.has('filter')) {
                if (document.activeElement !== parts.search) parts.search.value = Report.state.filter.text;
                Report.updateOnly(parts.flame.element);
            }
        },
    });
}
