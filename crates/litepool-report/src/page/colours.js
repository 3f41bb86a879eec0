// Colours that people with any kind of colour vision tell apart.
//
// Categories have those of M. Okabe and K. Ito, "Color Universal Design" (2008), the one without a hue (black) left
// out for the text, and four tints of them. Quantities go from dark to light at even steps of the lightness of Oklab (B. Ottosson, 2020)
// while the hue turns from blue to yellow: in grey it is still in order.
{
    const light = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#c9b800', '#7a5195',
        '#8cbfe3', '#f7d58c', '#8ad6bd', '#ebc4da'];
    const dark = ['#3d9be0', '#f0ad1f', '#1fbf8f', '#d98cb8', '#7cc8f2', '#ef7a2a', '#e6dc55', '#a97fd0',
        '#275f8c', '#8f6815', '#14735a', '#85526f'];

    const prefersDark = matchMedia('(prefers-color-scheme: dark)');
    prefersDark.addEventListener('change', () => { if (Report.state.theme === 'system') Report.set({ scheme: Report.isDark() }); });
    Report.isDark = () => Report.state.theme === 'dark' || (Report.state.theme === 'system' && prefersDark.matches);

    // A colour of the style sheet as `#rrggbb`, for canvases.
    const styles = new Map();
    Report.style = name => {
        const key = `${name} ${Report.isDark()}`;
        if (!styles.has(key)) styles.set(key, resolved(name));
        return styles.get(key);
    };
    const resolved = name => {
        const probe = Report.h('i', { style: { color: `var(--${name})` } });
        document.body.append(probe);
        const parts = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3);
        probe.remove();
        return `#${parts.map(part => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
    };

    // [red, green, blue] of `#rrggbb`.
    Report.rgb = text => [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16));

    const oklab = (lightness, chroma, hue) => {
        const a = chroma * Math.cos(hue * Math.PI / 180);
        const b = chroma * Math.sin(hue * Math.PI / 180);
        const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
        const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
        const s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3;
        const linear = [
            4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
        ];
        const hex = linear.map(value => {
            const clamped = Math.min(1, Math.max(0, value));
            const encoded = clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * clamped ** (1 / 2.4) - 0.055;
            return Math.round(encoded * 255).toString(16).padStart(2, '0');
        });
        return `#${hex.join('')}`;
    };

    // `share` 0: least, 1: most. On a light page the most is dark, on a dark page it is light: it stands out.
    Report.sequential = share => {
        const at = Report.isDark() ? share : 1 - share;
        return oklab(0.34 + 0.52 * at, 0.09 + 0.05 * Math.sin(Math.PI * at), 285 - 190 * at);
    };

    Report.category = index => (Report.isDark() ? dark : light)[index];
    Report.categories = light.length;

    Report.words({
        en: {
            'colours.site': 'call site', 'colours.task': 'task', 'colours.module': 'module', 'colours.age': 'age',
            'colours.size': 'size', 'colours.from': 'from {value}', 'colours.operations': '{n} operations',
        },
        zh: {
            'colours.site': '调用点', 'colours.task': '任务', 'colours.module': '模块', 'colours.age': '存活时间',
            'colours.size': '大小', 'colours.from': '{value} 起', 'colours.operations': '{n} 次操作',
        },
    });

    // The ways to colour by that a source has something for.
    Report.colourings = source => ['site', 'task', 'module', 'age', 'size'].filter(way => {
        if (way === 'site') return source.stacks.length > 1;
        if (way === 'task') return source.tasks.length > 1;
        if (way === 'module') return new Set(source.calls.map(call => call.module)).size > 1;
        return way === 'size' || source.kind === 'trace';
    });

    // What a category is told by: a site, a task or a module.
    const keyOf = (way, stack, task) => way === 'task' ? task ?? -1
        : way === 'site' ? Report.siteOf(stack) : Report.names.module(Report.siteOf(stack));
    const nameOf = (way, key) => way === 'task' ? Report.names.task(key)
        : way === 'site' ? (key < 0 ? Report.t('names.unknown') : Report.names.call(key)) : key;

    // How much of what is shown each key has.
    const weigh = (way, source) => {
        const weights = new Map();
        const add = (stack, task, weight) => {
            const key = keyOf(way, stack, task);
            weights.set(key, (weights.get(key) ?? 0) + weight);
        };
        if (source.map) {
            const owner = Report.row(source.map.owner);
            const counts = new Float64Array(source.map.owners.length);
            for (let at = 0; at < owner.length; at++) counts[owner[at]] += 1;
            for (let at = 1; at < counts.length; at++) add(...source.map.owners[at], counts[at]);
        } else {
            for (const frame of source.keyframes) {
                const [state, stack, task, extent] =
                    [frame.state, frame.stack, frame.task, frame.extent].map(Report.row);
                for (let at = 0; at < state.length; at++) {
                    if (state[at] & 1) add(stack[at], task[at] - 1, extent[at]);
                }
            }
        }
        return weights;
    };

    // The first way whose categories have most of what is shown, so that not all is grey.
    const found = new Map();
    const tellingMost = (source, ways) => {
        if (!found.has(source)) found.set(source, find(source, ways));
        return found.get(source);
    };
    const find = (source, ways) => ways.find(way => {
        if (way === 'age' || way === 'size') return true;
        const weights = [...weigh(way, source).values()].sort((one, other) => other - one);
        const sum = list => list.reduce((all, one) => all + one, 0);
        return weights.length > 1 && sum(weights.slice(0, Report.categories)) > 0.4 * sum(weights);
    }) ?? 'size';

    // The categories of the heaviest owners, over all that is shown; the rest share a grey.
    const ranked = (way, source) => {
        const weights = weigh(way, source);
        // As the timeline stacks them.
        if (way === 'task' && source.timeline?.tasks.length) {
            return source.timeline.tasks.map(one => one.task).filter(task => task !== null);
        }
        const shared = way === 'module' ? Report.t('names.unknown') : -1;
        return [...weights].filter(([key]) => key !== shared || weights.size === 1)
            .sort((one, other) => other[1] - one[1]).map(([key]) => key);
    };

    // The largest power of two of ages or sizes that the source shows.
    const largest = (way, source) => {
        let most = 1;
        if (source.map) {
            const row = Report.row(source.map[way]);
            for (let at = 0; at < row.length; at++) if (row[at] > most) most = row[at];
        }
        for (const frame of source.keyframes) {
            if (way !== 'size') continue;
            for (const extent of Report.row(frame.extent)) most = Math.max(most, Math.floor(Math.log2(extent || 1)));
        }
        return Math.min(most, 40);
    };

    // How to colour, by the state: `of(stack, task, age, size)` answers the index of a category (age and size: powers
    // of two), `categories` are [{name, colour, key}], the last of owners is "all others", without a key.
    let made = null;
    let madeFor = '';
    Report.colouring = () => {
        const source = Report.source();
        const ways = Report.colourings(source);
        const way = ways.includes(Report.state.colourBy) ? Report.state.colourBy : tellingMost(source, ways);
        const wanted = [Report.state.source, way, Report.isDark(), Report.state.language].join();
        if (madeFor === wanted) return made;
        madeFor = wanted;
        made = way === 'age' || way === 'size' ? byQuantity(way, source) : byOwner(way, source);
        return made;
    };

    const byQuantity = (way, source) => {
        const most = largest(way, source);
        const categories = [];
        for (let power = 0; power <= most; power++) {
            const value = way === 'size' ? Report.format.bytes(2 ** power)
                : Report.t('colours.operations', { n: 2 ** power });
            categories.push({ name: Report.t('colours.from', { value }), colour: Report.sequential(power / most), key: null });
        }
        const of = way === 'age' ? (stack, task, age) => Math.min(age, most)
            : (stack, task, age, size) => Math.min(size, most);
        return { way, of, categories, isQuantity: true };
    };

    const byOwner = (way, source) => {
        const keys = ranked(way, source);
        const own = keys.length > Report.categories ? keys.slice(0, Report.categories) : keys;
        const index = new Map(own.map((key, at) => [key, at]));
        const categories = own.map((key, at) => ({ name: nameOf(way, key), colour: Report.category(at), key }));
        categories.push({ name: Report.t('names.others'), colour: Report.style('others'), key: null });
        const of = (stack, task) => index.get(keyOf(way, stack, task)) ?? own.length;
        return { way, of, categories, isQuantity: false };
    };
}
