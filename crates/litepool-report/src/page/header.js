// The head of the page: what was looked at, the verdict in one sentence, the ways on.
{
    Report.words({
        en: {
            'header.skip': 'To the report',
            'header.fits': 'It fits: a pool of {size} serves all {operations} operations; at its peak {used} of it are used ({share}).',
            'header.full': 'Operation {operation} fails: the pool of {size} is full. {request} were requested, {free} are free.',
            'header.fragmented': 'Operation {operation} fails: the pool is fragmented. {request} were requested, {free} are free, but the largest free block has {largest}.',
            'header.alignment': 'Operation {operation} fails: no free block has {request} at a multiple of {align}; {free} are free.',
            'header.defects': { one: 'The memory is corrupt: {n} defect was found.', other: 'The memory is corrupt: {n} defects were found.' },
            'header.sound': { one: 'A memory image with {n} pool: {used} of {size} are used, nothing is corrupt.', other: 'A memory image with {n} pools: {used} of {size} are used, nothing is corrupt.' },
            'header.table': 'A printed table of blocks: {used} are used.',
            'header.sure': { one: '{n} leak is certain.', other: '{n} leaks are certain.' },
            'header.likely': { one: '{n} call site looks like a leak.', other: '{n} call sites look like leaks.' },
            'header.operations': { one: '{n} operation', other: '{n} operations' },
            'header.objects': { one: '{n} object', other: '{n} objects' },
            'header.word': '{n} bits',
            'header.peak': 'live peak {bytes}',
            'header.lasted': 'lasted {time}',
            'header.pool': 'pool {bytes}',
            'header.language': 'Language',
            'header.theme': 'Colours of the page',
            'header.system': 'as the system',
            'header.light': 'light',
            'header.dark': 'dark',
            'header.sections': 'Sections',
            'header.source': 'Which of the two',
            'header.before': 'before',
            'header.after': 'after',
            'header.notes': 'What could not be read',
            'header.print': 'Print',
            'header.empty': 'There is nothing to show: the trace has no operation.',
        },
        zh: {
            'header.skip': '跳到报告',
            'header.fits': '足够：{size}的内存池完成了全部 {operations} 次操作；峰值时用去 {used}（{share}）。',
            'header.full': '第 {operation} 次操作失败：{size}的内存池已满。请求 {request}，空闲 {free}。',
            'header.fragmented': '第 {operation} 次操作失败：内存池碎片化。请求 {request}，空闲共 {free}，但最大空闲块只有 {largest}。',
            'header.alignment': '第 {operation} 次操作失败：没有空闲块能在 {align} 的倍数处容纳 {request}；空闲共 {free}。',
            'header.defects': '内存已损坏：发现 {n} 处缺陷。',
            'header.sound': '含 {n} 个内存池的内存映像：{size}中用去 {used}，未发现损坏。',
            'header.table': '打印的块表：用去 {used}。',
            'header.sure': '{n} 处确定的泄漏。',
            'header.likely': '{n} 个调用点疑似泄漏。',
            'header.operations': '{n} 次操作',
            'header.objects': '{n} 个对象',
            'header.word': '{n} 位',
            'header.peak': '存活峰值 {bytes}',
            'header.lasted': '历时 {time}',
            'header.pool': '内存池 {bytes}',
            'header.language': '语言',
            'header.theme': '页面颜色',
            'header.system': '跟随系统',
            'header.light': '浅色',
            'header.dark': '深色',
            'header.sections': '章节',
            'header.source': '选择来源',
            'header.before': '之前',
            'header.after': '之后',
            'header.notes': '未能读取的内容',
            'header.print': '打印',
            'header.empty': '没有可显示的内容：记录中没有任何操作。',
        },
    });

    const { h, t, format } = Report;
    const sum = (list, name) => list.reduce((total, one) => total + one[name], 0);

    // [how grave it is, the sentence]
    const verdict = source => {
        const { failure, pools } = source;
        if (failure) {
            return ['bad', t(`header.${failure.cause}`, {
                operation: format.count(failure.operation),
                size: format.exact(pools[0]?.size ?? 0),
                request: format.exact(failure.request),
                free: format.exact(failure.free),
                largest: format.exact(failure.largest_free),
                align: format.count(failure.align),
            })];
        }
        if (source.kind === 'trace') {
            if (!source.operations) return ['plain', t('header.empty')];
            const pool = pools[0];
            return ['good', t('header.fits', {
                size: format.exact(pool?.size ?? 0), operations: format.count(source.operations),
                used: format.exact(pool?.peak ?? 0), share: format.percent((pool?.peak ?? 0) / (pool?.size || 1)),
            })];
        }
        const defects = pools.reduce((total, pool) => total + pool.defects.length, 0);
        const used = format.exact(sum(pools, 'used'));
        if (defects) return ['bad', t('header.defects', { n: defects })];
        if (source.kind === 'table') return ['plain', t('header.table', { used })];
        return ['good', t('header.sound', { n: pools.length, used, size: format.exact(sum(pools, 'size')) })];
    };

    const leaks = source => {
        const sure = source.leaks.filter(leak => leak.is_sure).length;
        if (sure) return [' ', h('a', { href: '#leaks' }, t('header.sure', { n: sure }))];
        const likely = source.leaks.filter(leak => leak.verdict !== 'flat' && leak.verdict !== 'not-freed').length;
        return likely ? [' ', h('a', { href: '#leaks' }, t('header.likely', { n: likely }))] : [];
    };

    const facts = source => {
        const pool = source.pools[0];
        return [
            source.kind === 'trace' && source.name,
            source.word && t('header.word', { n: source.word }),
            source.operations && t('header.operations', { n: source.operations }),
            source.objects && t('header.objects', { n: source.objects }),
            source.microseconds !== null && t('header.lasted', { time: format.time(source.microseconds) }),
            source.kind === 'trace' && source.live_peak && t('header.peak', { bytes: format.exact(source.live_peak) }),
            source.kind === 'trace' && pool && t('header.pool', { bytes: format.exact(pool.size) }),
            source.kind === 'trace' && pool?.configuration,
        ].filter(Boolean);
    };

    const choice = (label, name, values) => h('label', { class: 'choice' },
        h('span', { class: 'unseen' }, label),
        h('select', {
            id: `choose-${name}`,
            onchange: event => {
                Report.set({ [name]: event.target.value });
                try { localStorage.setItem(`litepool-${name}`, event.target.value); } catch { /* a page from a file may keep nothing */ }
            },
        }, values.map(([value, text]) => h('option', { value, selected: Report.state[name] === value }, text))));

    const sources = () => Report.data.sources.length < 2 ? null
        : h('div', { class: 'sources', role: 'group', 'aria-label': t('header.source') },
            Report.data.sources.map((source, index) => h('button', {
                type: 'button', 'aria-pressed': String(index === Report.state.source),
                onclick: () => Report.chooseSource(index),
            }, t(index ? 'header.after' : 'header.before'), ' ', h('b', {}, source.name))));

    Report.chooseSource = index => {
        Report.set({ source: index, filter: Report.noFilter, hidden: [], block: null, view: { from: 0, to: 1 } });
        Report.state.moment = Report.firstMoment();
    };

    // Where a report opens: at the failure, else the peak, else the end.
    Report.firstMoment = () => {
        const { keyframes } = Report.source();
        const of = kind => keyframes.find(one => one.kind === kind)?.operation;
        return of('failure') ?? of('peak') ?? of('dump') ?? Report.lastOperation();
    };

    Report.renderHeader = () => {
        const source = Report.source();
        const [grade, sentence] = verdict(source);
        document.title = `${source.program || source.name} · litepool`;
        document.querySelector('.skip').textContent = t('header.skip');
        document.getElementById('header').replaceChildren(...[
            h('div', { class: 'tools' },
                h('span', { class: 'mark' }, 'litepool'),
                choice(t('header.language'), 'language', [['en', 'English'], ['zh', '中文']]),
                choice(t('header.theme'), 'theme', ['system', 'light', 'dark'].map(one => [one, t(`header.${one}`)]))),
            h('h1', {}, source.program || source.name),
            sources(),
            h('p', { class: `verdict ${grade}` }, sentence, leaks(source)),
            h('ul', { class: 'facts' }, facts(source).map(text => h('li', {}, text))),
            source.notes.length > 0 && h('details', { class: 'notes' },
                h('summary', {}, t('header.notes')),
                h('ul', {}, source.notes.map(note => h('li', { lang: 'en' }, note)))),
        ].filter(Boolean));
        document.getElementById('footer').replaceChildren(h('span', { lang: 'en' }, Report.data.generator));
        Report.renderBar();
    };

    // Links to the sections, and the moment: both stay in sight.
    Report.renderBar = () => {
        const bar = document.getElementById('bar');
        bar.setAttribute('aria-label', t('header.sections'));
        bar.replaceChildren(
            h('ul', { class: 'links' }, Report.shownSections().map(({ id }) =>
                h('li', {}, h('a', { href: `#${id}` }, t(`${id}.title`))))),
            h('div', { id: 'moment' }));
        Report.renderMoment?.(document.getElementById('moment'));
    };

    Report.on(changed => {
        if (changed.has('theme')) document.documentElement.dataset.theme = Report.state.theme;
    });
}
