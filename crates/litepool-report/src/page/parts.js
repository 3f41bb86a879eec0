// What the sections that tell are made of: sortable tables, bars, call stacks, curves.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'parts.more': { one: 'Show {n} more', other: 'Show {n} more' },
            'parts.only': 'Show only this on the page',
            'parts.stack': 'Call stack', 'parts.no-stack': 'The call stack is not known.',
            'parts.site': 'what wanted the memory', 'parts.sort': 'Sort by {column}',
        },
        zh: {
            'parts.more': '再显示 {n} 项',
            'parts.only': '全页只显示此项',
            'parts.stack': '调用栈', 'parts.no-stack': '调用栈未知。',
            'parts.site': '申请内存的调用', 'parts.sort': '按{column}排序',
        },
    });

    // A bar of 0 to 1 behind a share; the number stands beside it as text.
    Report.bar = (share, kind = '') => h('span', { class: `bar ${kind}`, 'aria-hidden': 'true' },
        h('span', { style: { width: `${Math.max(0, Math.min(1, share)) * 100}%` } }));

    // Of a total: the bar and the number.
    Report.shareOf = (bytes, total) => [Report.bar(bytes / total), h('span', { class: 'percent' }, format.percent(bytes / total))];

    // A site as two lines: the function, and where it stands. `index`: of the source's calls.
    Report.siteName = (index, source = Report.source()) => Report.callName(source.calls[index]);

    Report.callName = call => {
        if (!call) return h('span', { class: 'call' }, h('bdi', { class: 'function soft' }, t('names.unknown')));
        const base = path => path.slice(path.lastIndexOf('/') + 1);
        const file = Report.names.file(call);
        const offset = call.offset === null ? '' : `0x${call.offset.toString(16)}`;
        const name = call.function || file || (call.module ? `${base(call.module)}${offset && `+${offset}`}` : offset) || t('names.unknown');
        const below = [file !== name && file, call.function && call.module && base(call.module)].filter(Boolean).join(' · ');
        const full = [call.function, call.file && `${call.file}:${call.line}`, call.module, offset].filter(Boolean).join('\n');
        return h('span', { class: 'call', title: full }, h('bdi', { class: 'function' }, name),
            below && [' ', h('bdi', { class: 'where' }, below)]);
    };

    // The calls of a stack, the innermost first, wrappers pale.
    Report.stackList = stack => {
        const calls = Report.callsOf(stack);
        const site = Report.siteOf(stack);
        const at = calls.indexOf(site);
        if (!calls.length) return h('p', { class: 'soft' }, t('parts.no-stack'));
        return h('ol', { class: 'stack' }, calls.map((call, index) => h('li', {
            class: index === at ? 'site' : index < at ? 'wrapper' : null,
        }, Report.siteName(call), index === at && calls.length > 1 && h('span', { class: 'tag' }, t('parts.site')))));
    };

    // Folded until it is opened: then it is made.
    Report.foldedStack = stack => {
        if (!Report.callsOf(stack).length) return null;
        const details = h('details', {
            ontoggle: () => { if (details.open && details.children.length < 2) details.append(Report.stackList(stack)); },
        }, h('summary', {}, t('parts.stack')));
        return details;
    };

    // A button that lets all sections show one site (task, module), and one that ends that.
    Report.onlyButton = (name, key, text = t('parts.only')) => {
        const isPressed = Report.state.filter[name] === key;
        return h('button', {
            type: 'button', class: 'small only', 'data-filter': name, 'data-key': String(key), 'aria-pressed': String(isPressed),
            onclick: () => Report.setFilter({ [name]: Report.state.filter[name] === key ? null : key }),
        }, text);
    };
    Report.updateOnly = element => {
        for (const button of element.querySelectorAll('button.only')) {
            const value = Report.state.filter[button.dataset.filter];
            button.setAttribute('aria-pressed', String(value !== null && String(value) === button.dataset.key));
        }
    };

    // Items by and by: the first `step`, and a button for as many more.
    Report.listed = (items, step, make, into, tag = 'div') => {
        let shown = 0;
        const more = h('button', { type: 'button', class: 'more', onclick: () => add() });
        const holder = h(tag, { class: 'more-holder' }, more);
        const add = () => {
            const first = shown;
            const next = items.slice(shown, shown + step);
            into.append(...next.map((item, at) => make(item, first + at)));
            shown += next.length;
            const left = items.length - shown;
            more.textContent = t('parts.more', { n: Math.min(step, left) });
            holder.hidden = left <= 0;
        };
        add();
        return holder;
    };

    // A table that is sorted by a click on a head, or a key. `columns`: [{id, name, cell(row), value(row), isNumber}];
    // one without `value` can't be sorted by. `state`: {by, isUp}, kept by the caller from one making to the next.
    // Answers {element, show(rows)}.
    Report.sortable = ({ label, columns, state, step = 50, rowClass }) => {
        let rows = [];
        const body = h('tbody', {});
        const below = h('div', {});
        const heads = columns.map(column => {
            const button = column.value && h('button', {
                type: 'button', class: 'sort', title: t('parts.sort', { column: column.name }),
                onclick: () => {
                    state.isUp = state.by === column.id ? !state.isUp : !column.isNumber;
                    state.by = column.id;
                    fill();
                },
            }, column.name);
            return h('th', { scope: 'col', class: column.isNumber ? 'number' : null, 'data-column': column.id }, button || column.name);
        });
        const line = row => h('tr', { class: rowClass?.(row) }, columns.map((column, at) =>
            h(at ? 'td' : 'th', { class: column.isNumber ? 'number' : null, scope: at ? null : 'row', 'data-label': column.name }, column.cell(row))));
        const fill = () => {
            const column = columns.find(one => one.id === state.by) ?? columns.find(one => one.value);
            const values = new Map(rows.map(row => [row, column.value(row)]));
            const compare = (one, other) => typeof one === 'number' ? one - other : collator().compare(one, other);
            rows.sort((one, other) => (state.isUp ? 1 : -1) * compare(values.get(one), values.get(other)));
            heads.forEach((head, at) => head.setAttribute('aria-sort',
                columns[at].id !== column.id ? 'none' : state.isUp ? 'ascending' : 'descending'));
            body.replaceChildren();
            below.replaceChildren(Report.listed(rows, step, line, body));
        };
        return {
            element: h('div', { class: 'table' },
                h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label },
                    h('table', { class: 'told' }, h('caption', { class: 'unseen' }, label), h('thead', {}, h('tr', {}, heads)), body)),
                below),
            show: given => { rows = given; fill(); },
        };
    };
    const collators = {};
    const collator = () => collators[Report.state.language] ??= new Intl.Collator(Report.state.language, { numeric: true });

    // An element of a drawing.
    Report.svg = (tag, attributes, ...children) => {
        const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
        element.append(...children);
        return element;
    };

    // At most `most` of the values: the largest of each run.
    Report.thin = (values, most) => {
        const run = Math.max(1, Math.ceil(values.length / most));
        const thin = [];
        for (let at = 0; at < values.length; at += run) {
            let largest = 0;
            for (let i = at; i < Math.min(values.length, at + run); i++) largest = Math.max(largest, values[i]);
            thin.push(largest);
        }
        return thin;
    };

    // A small curve with its axes: from 0 to its most, over the operations.
    Report.curve = (values, label, ends) => {
        const points = Report.thin(values, 240);
        const most = Math.max(1, ...points);
        const x = at => points.length < 2 ? 100 : at / (points.length - 1) * 100;
        const line = points.map((value, at) => `${at ? 'L' : 'M'}${x(at).toFixed(2)} ${(40 - value / most * 38).toFixed(2)}`).join('');
        return h('div', { class: 'curve', role: 'img', 'aria-label': label },
            h('span', { class: 'most' }, format.bytes(most)),
            Report.svg('svg', { viewBox: '0 0 100 40', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
                Report.svg('path', { d: `${line}L100 40L0 40Z`, class: 'area' }),
                Report.svg('path', { d: line, class: 'line-of' })),
            h('span', { class: 'ends' }, h('span', {}, ends[0]), h('span', {}, ends[1])));
    };
}
