// The colours of map and strip, and what of it is shown: a click isolates a category (for owners all sections follow),
// Shift and a click hides one.
{
    const { h, t } = Report;

    // Categories that the legend hid: indexes of the colouring.
    Report.state.hidden = [];

    Report.words({
        en: {
            'legend.by': 'Colour by', 'legend.all': 'Show all',
            'legend.hint': 'A click isolates, Shift and a click hides.',
            'legend.filter': 'Shown: {what}. The rest is dimmed.',
            'legend.text': 'names with “{text}”', 'legend.free': 'free',
        },
        zh: {
            'legend.by': '着色依据', 'legend.all': '显示全部',
            'legend.hint': '单击只显示该项，按住 Shift 单击隐藏该项。',
            'legend.filter': '显示：{what}。其余变暗。',
            'legend.text': '名称含“{text}”', 'legend.free': '空闲',
        },
    });

    const field = { site: 'site', task: 'task', module: 'module' };

    const isolate = (colouring, index) => {
        const { key } = colouring.categories[index];
        if (!colouring.isQuantity && key !== null) {
            const name = field[colouring.way];
            Report.set({ hidden: [] });
            Report.setFilter({ [name]: Report.state.filter[name] === key ? null : key });
            return;
        }
        const others = colouring.categories.map((_, at) => at).filter(at => at !== index);
        const isAlone = others.length === Report.state.hidden.length && !Report.state.hidden.includes(index);
        Report.set({ hidden: isAlone ? [] : others });
    };

    const hide = index => {
        const { hidden } = Report.state;
        Report.set({ hidden: hidden.includes(index) ? hidden.filter(one => one !== index) : [...hidden, index] });
    };

    // What a block is drawn with: the index of its category, or -1 if the filter or the legend leave it out.
    Report.shown = colouring => (stack, task, age, size) => {
        const category = colouring.of(stack, task, age, size);
        if (Report.state.hidden.includes(category)) return -1;
        return Report.matches(stack, task) ? category : -1;
    };

    // In words what the filter lets through; empty: everything.
    Report.filterInWords = () => {
        const { task, site, module, text } = Report.state.filter;
        return [
            task !== null && Report.names.task(task), site !== null && (site < 0 ? t('names.unknown') : Report.names.call(site)),
            module, text && t('legend.text', { text }),
        ].filter(Boolean).join(' · ');
    };

    Report.legend = source => {
        const colouring = Report.colouring();
        const { hidden, filter } = Report.state;
        const isPressed = ({ key }) => key !== null && !colouring.isQuantity && filter[field[colouring.way]] === key;
        const entry = (category, index) => h('li', {}, h('button', {
            type: 'button', title: t('legend.hint'), 'data-category': index,
            class: hidden.includes(index) ? 'off' : null,
            'aria-pressed': String(isPressed(category)),
            onclick: event => event.shiftKey ? hide(index) : isolate(colouring, index),
        }, h('span', { class: 'swatch', style: { background: category.colour } }), category.name));
        const words = Report.filterInWords();
        return [
            h('div', { class: 'controls' },
                h('label', {}, t('legend.by'), ' ', h('select', {
                    class: 'colour-by', onchange: event => Report.set({ colourBy: event.target.value, hidden: [] }),
                }, Report.colourings(source).map(way => h('option', { value: way, selected: way === colouring.way }, t(`colours.${way}`))))),
                (words || hidden.length > 0) && h('button', { type: 'button', class: 'show-all', onclick: () => Report.set({ filter: Report.noFilter, hidden: [] }) }, t('legend.all')),
                words && h('span', { class: 'soft' }, t('legend.filter', { what: words }))),
            h('ul', { class: colouring.isQuantity ? 'legend steps' : 'legend' },
                colouring.categories.map(entry),
                h('li', { class: 'key' }, h('span', { class: 'swatch', style: { background: 'var(--free)' } }), t('legend.free'))),
        ];
    };

    Report.legendChanges = ['colourBy', 'filter', 'hidden', 'theme', 'scheme'];
}
