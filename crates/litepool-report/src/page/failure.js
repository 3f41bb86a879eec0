// Failure: what would have saved it, why it failed, what pins the memory, who has it.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'failure.title': 'Why it failed',
            'failure.allocate': 'Operation {operation} asks for {request}', 'failure.resize': 'Operation {operation} asks to make an object {request} long',
            'failure.of-dump': 'The pool {pool} refused {request}, and would refuse them still', 'failure.of-only': 'The pool refused {request}, and would refuse them still',
            'failure.aligned': ' at a multiple of {align}', 'failure.by-task': ', in task {task}',
            'failure.full': 'The pool is full: {free} are free, all together less than that.',
            'failure.full-headers': 'The pool is full: {free} are free, and with its header the block does not fit.',
            'failure.fragmented': 'The pool is fragmented: {free} are free, which would do, but in {blocks}; the largest serves {largest}.',
            'failure.alignment': 'A free block of {largest} is large enough, but not at such an address.',
            'failure.blocks': { one: '{n} block', other: '{n} blocks' },
            'failure.bar': 'Of the pool’s {size}, {used} are used; the largest free block serves {largest}; the other free blocks have {rest}.',
            'failure.used': 'used', 'failure.largest': 'largest free block', 'failure.rest': 'other free blocks', 'failure.request': 'request',
            'failure.stack': 'Call stack of the request',
            'failure.show': 'Show this moment',
            'failure.saved': 'What would have saved it',
            'failure.answer': 'It completes with {change}: {memory} of memory in all, {more}.',
            'failure.answer-none': 'Nothing that was tried would have saved it.',
            'failure.answer-cheaper': 'With {change} it needs less: {memory}, {more}.',
            'failure.answer-larger': 'No change saves it in this memory. The least that it completes in is {memory}, {more}, with {change}.',
            'failure.not-asked': 'What would have saved it is told by “litepool explain”.',
            'failure.more': '{bytes} more than now', 'failure.less': '{bytes} less than now', 'failure.same': 'as much as now',
            'failure.change': 'Change', 'failure.survives': 'Completes?', 'failure.memory': 'Least memory in all', 'failure.against': 'Against now',
            'failure.yes': 'yes', 'failure.no': 'no', 'failure.no-at': 'no: fails at operation {operation}',
            'failure.configuration': 'the configuration {name}', 'failure.tuned': 'the same configuration with another granule or narrower links',
            'failure.more-bytes': 'a larger pool', 'failure.own-pool': 'a pool of its own for {what}',
            'failure.fixed-objects': 'fixed slots (a slab) for {what}', 'failure.own': 'memory of its own for {what}',
            'failure.lowered': 'alignments lowered to the granule', 'failure.regions': 'a second region',
            'failure.with-bytes': '{change}, of {bytes}', 'failure.sizes': 'objects of {from} to {to} bytes', 'failure.size': 'objects of {bytes}',
            'failure.and': ' and ', 'failure.several': 'several changes',
            'failure.pins': 'What pins the free memory',
            'failure.pins-about': 'Each of these neighbourhoods would hold the request if its few used blocks were not there; the cheapest first.',
            'failure.window': '{size} at {address}, pinned by {blocks} of {bytes} in all',
            'failure.window-free': 'Between them {bytes} are free already.',
            'failure.without': 'Without which function it would fit',
            'failure.without-about': 'The pool at that moment without what the function allocated, itself or through others.',
            'failure.function': 'Function', 'failure.its-bytes': 'Bytes', 'failure.its-blocks': 'Objects', 'failure.then-largest': 'Largest free then', 'failure.serves': 'Fits then?',
            'failure.holders': 'Who has the most', 'failure.site': 'Call site', 'failure.task': 'Task', 'failure.share': 'Share of used',
        },
        zh: {
            'failure.title': '失败原因',
            'failure.allocate': '第 {operation} 次操作请求 {request}', 'failure.resize': '第 {operation} 次操作要把一个对象调整到 {request}',
            'failure.of-dump': '内存池 {pool} 曾拒绝 {request}的请求，现在仍会拒绝', 'failure.of-only': '内存池曾拒绝 {request}的请求，现在仍会拒绝',
            'failure.aligned': '，对齐到 {align} 的倍数', 'failure.by-task': '，任务 {task}',
            'failure.full': '内存池已满：空闲共 {free}，全部加起来也不够。',
            'failure.full-headers': '内存池已满：空闲共 {free}，加上块头后放不下。',
            'failure.fragmented': '内存池碎片化：空闲共 {free}，总量足够，但分散在 {blocks}中；最大的只能满足 {largest}。',
            'failure.alignment': '有一个 {largest}的空闲块足够大，但其中没有满足对齐要求的地址。',
            'failure.blocks': ' {n} 个块',
            'failure.bar': '内存池共 {size}，已用 {used}；最大空闲块可满足 {largest}；其余空闲块共 {rest}。',
            'failure.used': '已用', 'failure.largest': '最大空闲块', 'failure.rest': '其余空闲块', 'failure.request': '请求',
            'failure.stack': '请求的调用栈',
            'failure.show': '显示这一时刻',
            'failure.saved': '怎样可以避免',
            'failure.answer': '采用{change}即可完成：内存共需 {memory}，{more}。',
            'failure.answer-none': '尝试过的改动都不能避免失败。',
            'failure.answer-cheaper': '采用{change}需要更少：{memory}，{more}。',
            'failure.answer-larger': '在现有内存内没有改动能避免失败。最少需要 {memory}（{more}），采用{change}。',
            'failure.not-asked': '怎样可以避免，可用“litepool explain”查看。',
            'failure.more': '比现在多 {bytes}', 'failure.less': '比现在少 {bytes}', 'failure.same': '与现在相同',
            'failure.change': '改动', 'failure.survives': '能否完成', 'failure.memory': '最少共需内存', 'failure.against': '与现在相比',
            'failure.yes': '能', 'failure.no': '不能', 'failure.no-at': '不能：第 {operation} 次操作失败',
            'failure.configuration': '配置 {name}', 'failure.tuned': '同一配置，但改用其他粒度或更窄的链接',
            'failure.more-bytes': '更大的内存池', 'failure.own-pool': '为 {what} 单独设内存池',
            'failure.fixed-objects': '为 {what} 使用定长槽（slab）', 'failure.own': '为 {what} 单独设内存',
            'failure.lowered': '对齐要求降为粒度', 'failure.regions': '第二个区域',
            'failure.with-bytes': '{change}（{bytes}）', 'failure.sizes': '{from} 到 {to} 字节的对象', 'failure.size': '{bytes}的对象',
            'failure.and': '，并且', 'failure.several': '多项改动',
            'failure.pins': '什么占住了空闲内存',
            'failure.pins-about': '下列每一段内存，若没有其中少数几个已用块，都能容纳该请求；代价最小的在前。',
            'failure.window': '{address} 处的 {size}，被{blocks}占住，共 {bytes}',
            'failure.window-free': '它们之间已有 {bytes}空闲。',
            'failure.without': '去掉哪个函数就放得下',
            'failure.without-about': '此刻的内存池，去掉该函数自己或通过其他函数分配的全部内存。',
            'failure.function': '函数', 'failure.its-bytes': '字节', 'failure.its-blocks': '对象', 'failure.then-largest': '那时最大空闲块', 'failure.serves': '是否放得下',
            'failure.holders': '谁占用最多', 'failure.site': '调用点', 'failure.task': '任务', 'failure.share': '占已用的比例',
        },
    });

    // In words: what fails, and why. The numbers of a pool that is full may still seem to suffice: of the header.
    const why = failure => {
        const numbers = {
            operation: format.count(failure.operation), request: format.exact(failure.request), align: format.count(failure.align),
            free: format.exact(failure.free), largest: format.exact(failure.largest_free), blocks: t('failure.blocks', { n: failure.free_blocks }),
        };
        const isTight = failure.cause === 'full' && failure.free >= failure.request;
        const pool = failure.pool == null ? null : Report.source().pools[failure.pool];
        return [
            pool ? t(pool.name ? 'failure.of-dump' : 'failure.of-only', { ...numbers, pool: pool.name }) : t(`failure.${failure.kind}`, numbers), failure.align > 1 && failure.cause === 'alignment' ? t('failure.aligned', numbers) : '',
            failure.task !== null && Report.source().tasks.length > 1 ? t('failure.by-task', { task: Report.names.task(failure.task) }) : '',
            Report.state.language === 'zh' ? '。' : '. ',
            t(isTight ? 'failure.full-headers' : `failure.${failure.cause}`, numbers),
        ];
    };

    // Used, the largest free block and the rest of the pool side by side; the request below, on the same scale.
    const picture = (failure, source) => {
        const size = source.pools[failure.pool ?? 0]?.size || failure.used + failure.free || 1;
        const largest = Math.min(failure.largest_free, failure.free);
        const parts = [['used', failure.used], ['largest', largest], ['rest', failure.free - largest]];
        const label = t('failure.bar', { size: format.exact(size), used: format.exact(failure.used), largest: format.exact(largest), rest: format.exact(failure.free - largest) });
        const wide = bytes => ({ width: `${Math.min(100, bytes / size * 100)}%` });
        return h('figure', { class: 'pool-bar' },
            h('div', { class: 'whole', role: 'img', 'aria-label': label },
                parts.map(([name, bytes]) => bytes > 0 && h('span', { class: name, style: wide(bytes) })),
                h('span', { class: 'request', style: wide(failure.request) })),
            h('ul', { class: 'legend plain' }, [...parts, ['request', failure.request]].map(([name, bytes]) =>
                h('li', {}, h('span', { class: `swatch ${name}` }), t(`failure.${name}`), ' ', h('b', {}, format.exact(bytes))))));
    };

    // What is moved: of a call site, or of sizes.
    const objectsInWords = ({ site, sizes }) => {
        if (!sizes) return site === null ? t('names.unknown') : Report.names.call(site);
        return sizes[0] === sizes[1] ? t('failure.size', { bytes: format.exact(sizes[0]) })
            : t('failure.sizes', { from: format.count(sizes[0]), to: format.count(sizes[1]) });
    };

    const changeInWords = (change, source) => {
        const steps = change.kind === 'together' ? change.steps : [change.kind];
        const parts = [];
        if (steps.includes('configuration')) {
            parts.push(change.configuration === source.pools[0]?.configuration ? t('failure.tuned') : t('failure.configuration', { name: change.configuration }));
        }
        if (steps.includes('alignment')) parts.push(t('failure.lowered'));
        for (const plain of ['more-bytes', 'regions']) if (steps.includes(plain)) parts.push(t(`failure.${plain}`));
        // Of several it is not told which have a pool and which have slots, unless they all have the same.
        const homes = new Set(steps.filter(step => step === 'own-pool' || step === 'fixed-objects'));
        const home = homes.size === 1 ? [...homes][0] : 'own';
        for (const moved of change.moved ?? []) {
            parts.push(t('failure.with-bytes', { change: t(`failure.${home}`, { what: objectsInWords(moved) }), bytes: format.exact(moved.bytes) }));
        }
        return parts.join(t('failure.and')) || t('failure.several');
    };

    const against = (memory, size) => memory === size ? t('failure.same')
        : t(memory > size ? 'failure.more' : 'failure.less', { bytes: format.exact(Math.abs(memory - size)) });

    // Does it help, and how much does it cost: those that help first, the cheapest of them.
    const order = (one, other) => Number(other.survives) - Number(one.survives)
        || (one.memory ?? Infinity) - (other.memory ?? Infinity) || 0;

    // What would have saved it: the answer in one sentence.
    const answer = (failure, source) => {
        if (!failure.changes.length) return source.timeline && h('p', { class: 'soft', id: 'failure-answer' }, t('failure.not-asked'));
        const best = failure.changes.slice().sort(order)[0];
        const word = best.survives ? 'answer' : best.memory === null ? 'answer-none' : 'answer-larger';
        const told = change => ({
            change: changeInWords(change, source), memory: format.exact(change.memory ?? 0), more: against(change.memory ?? 0, source.pools[0]?.size ?? 0),
        });
        // It may be that only more bytes save it, and that a change needs fewer of them.
        const least = failure.changes.reduce((one, other) => (other.memory ?? Infinity) < (one.memory ?? Infinity) ? other : one);
        const isCheaper = best.survives && least.memory !== null && best.memory !== null && least.memory < best.memory;
        const sentence = t(`failure.${word}`, told(best)) + (isCheaper ? ` ${t('failure.answer-cheaper', told(least))}` : '');
        return h('p', { class: `verdict ${best.survives ? 'good' : 'bad'}`, id: 'failure-answer' }, sentence);
    };

    // And all that was tried.
    const tried = (failure, source) => {
        if (!failure.changes.length) return null;
        const size = source.pools[0]?.size ?? 0;
        const changes = failure.changes.slice().sort(order);
        const table = Report.sortable({
            label: t('failure.saved'), step: 12, state: { by: 'rank', isUp: true },
            rowClass: change => change.survives ? 'yes' : 'no',
            columns: [
                { id: 'change', name: t('failure.change'), cell: change => h('bdi', {}, changeInWords(change, source)), value: change => changeInWords(change, source) },
                {
                    id: 'rank', name: t('failure.survives'), value: change => changes.indexOf(change),
                    cell: change => change.survives ? h('span', { class: 'chip good' }, `✓ ${t('failure.yes')}`)
                        : h('span', { class: 'chip bad' }, `✗ ${change.fails_at === null ? t('failure.no') : t('failure.no-at', { operation: format.count(change.fails_at) })}`),
                },
                { id: 'memory', name: t('failure.memory'), isNumber: true, cell: change => change.memory === null ? '—' : format.count(change.memory), value: change => change.memory ?? Infinity },
                {
                    id: 'against', name: t('failure.against'), isNumber: true,
                    cell: change => change.memory === null ? '—' : format.change(change.memory - size), value: change => (change.memory ?? Infinity) - size,
                },
            ],
        });
        table.show(changes.slice());
        return h('div', { id: 'failure-saved' }, h('h3', {}, t('failure.saved')), table.element);
    };

    const sharesTable = (shares, label, used, source) => {
        const table = Report.sortable({
            label, step: 8, state: { by: 'bytes', isUp: false },
            columns: [
                { id: 'site', name: t('failure.site'), cell: share => Report.siteName(share.site ?? -1, source), value: share => share.site === null ? '' : Report.names.call(share.site) },
                source.tasks.length > 1 && { id: 'task', name: t('failure.task'), cell: share => h('bdi', {}, Report.names.task(share.task)), value: share => Report.names.task(share.task) },
                { id: 'blocks', name: t('failure.its-blocks'), isNumber: true, cell: share => format.count(share.blocks), value: share => share.blocks },
                { id: 'bytes', name: t('failure.its-bytes'), isNumber: true, cell: share => format.count(share.bytes), value: share => share.bytes },
                used && { id: 'share', name: t('failure.share'), isNumber: true, cell: share => Report.shareOf(share.bytes, used), value: share => share.bytes },
            ].filter(Boolean),
        });
        table.show(shares.slice());
        return table.element;
    };

    const pins = (failure, source) => failure.windows.length > 0 && h('div', {},
        h('h3', {}, t('failure.pins')), h('p', { class: 'about' }, t('failure.pins-about')),
        failure.windows.slice(0, 8).map((window, at) => h('details', { class: 'window', open: at === 0 },
            h('summary', {}, t('failure.window', {
                size: format.exact(window.size), address: format.address(window.address),
                blocks: t('failure.blocks', { n: window.blocks }), bytes: format.exact(window.bytes),
            })),
            window.split > 0 && h('p', { class: 'soft' }, t('failure.window-free', { bytes: format.exact(window.split) })),
            window.shares.length > 0 && sharesTable(window.shares, t('failure.pins'), 0, source))));

    const without = failure => {
        if (!failure.without.length) return null;
        const table = Report.sortable({
            label: t('failure.without'), step: 8, state: { by: 'serves', isUp: true }, rowClass: row => row.serves ? 'yes' : 'no',
            columns: [
                { id: 'function', name: t('failure.function'), cell: row => h('bdi', {}, row.function || t('names.unknown')), value: row => row.function },
                { id: 'serves', name: t('failure.serves'), cell: row => h('span', { class: `chip ${row.serves ? 'good' : 'bad'}` }, row.serves ? `✓ ${t('failure.yes')}` : `✗ ${t('failure.no')}`), value: row => (row.serves ? 0 : 1e15) + row.bytes },
                { id: 'bytes', name: t('failure.its-bytes'), isNumber: true, cell: row => format.count(row.bytes), value: row => row.bytes },
                { id: 'blocks', name: t('failure.its-blocks'), isNumber: true, cell: row => format.count(row.blocks), value: row => row.blocks },
                { id: 'largest', name: t('failure.then-largest'), isNumber: true, cell: row => format.count(row.largest_free), value: row => row.largest_free },
            ],
        });
        table.show(failure.without.slice());
        return h('div', {}, h('h3', {}, t('failure.without')), h('p', { class: 'about' }, t('failure.without-about')), table.element);
    };

    Report.section('failure', {
        available: source => Boolean(source.failure),
        render: (element, source) => {
            const { failure } = source;
            const stack = Report.foldedStack(failure.stack);
            if (stack) stack.querySelector('summary').textContent = t('failure.stack');
            element.append(...[
                h('p', { class: 'why' }, why(failure)),
                answer(failure, source),
                picture(failure, source),
                source.timeline && h('div', { class: 'controls' }, h('button', { type: 'button', id: 'failure-show', onclick: () => Report.goTo(failure.operation - 1) }, t('failure.show'))),
                stack,
                tried(failure, source),
                pins(failure, source),
                without(failure),
                failure.holders.length > 0 && h('div', {}, h('h3', {}, t('failure.holders')), sharesTable(failure.holders, t('failure.holders'), failure.used || 1, source)),
            ].filter(Boolean));
        },
    });
}
