// Pools and defects of a dump.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'pools.title': 'Pools and defects',
            'pools.sound': 'Every header and every list of the pools was checked: nothing is corrupt.',
            'pools.unchecked': 'The blocks are those of a printed table: there is nothing to check.',
            'pools.corrupt': { one: 'The check found {n} defect.', other: 'The check found {n} defects.' },
            'pools.unnamed': 'Pool at {address}',
            'pools.configuration': 'Configuration', 'pools.base': 'Address', 'pools.size': 'Size', 'pools.granule': 'Granule',
            'pools.control': 'Control block', 'pools.used': 'Used', 'pools.peak': 'Peak', 'pools.free': 'Free', 'pools.largest': 'Largest request that fits', 'pools.fragmentation': 'Fragmentation',
            'pools.bar': '{used} of {size} used, largest free {largest}',
            'pools.defect': '{length} at {address}', 'pools.defect-point': 'at {address}',
            'pools.shows': 'It shows at', 'pools.suspect': 'Most likely written beyond', 'pools.show': 'Show in the strip',
            'pools.block': 'block of {size} at {address}', 'pools.free-block': 'free block of {size} at {address}',
        },
        zh: {
            'pools.title': '内存池与缺陷',
            'pools.sound': '已检查内存池的所有块头和链表：未发现损坏。',
            'pools.unchecked': '这些块来自打印的表：没有可检查的内容。',
            'pools.corrupt': '检查发现 {n} 处缺陷。',
            'pools.unnamed': '{address} 处的内存池',
            'pools.configuration': '配置', 'pools.base': '地址', 'pools.size': '大小', 'pools.granule': '粒度',
            'pools.control': '控制块', 'pools.used': '已用', 'pools.peak': '峰值', 'pools.free': '空闲', 'pools.largest': '能满足的最大请求', 'pools.fragmentation': '碎片率',
            'pools.bar': '{size}中已用 {used}，最大空闲块 {largest}',
            'pools.defect': '{address} 处 {length}', 'pools.defect-point': '{address} 处',
            'pools.shows': '出现于', 'pools.suspect': '最可能越界写的块', 'pools.show': '在条带中显示',
            'pools.block': '{address} 处 {size}的块', 'pools.free-block': '{address} 处 {size}的空闲块',
        },
    });

    // A block of the keyframe: what it is, whose, and a way to see it.
    const block = (index, word, source) => {
        const frame = source.keyframes[0];
        if (index === null || !frame || index >= frame.state.length) return null;
        const [state, offset, size, stack, task, pool] = [frame.state, frame.offset, frame.size, frame.stack, frame.task, frame.pool].map(row => Report.row(row)[index]);
        const address = format.address((source.pools[pool]?.base ?? 0) + offset);
        return h('div', { class: 'of-defect' }, h('span', { class: 'soft' }, t(word)), ' ',
            t(state & 1 ? 'pools.block' : 'pools.free-block', { size: format.exact(size), address }), ' ',
            stack > 0 && Report.siteName(Report.siteOf(stack)), task > 0 && h('bdi', { class: 'tag' }, Report.names.task(task - 1)), ' ',
            h('button', {
                type: 'button', class: 'small',
                onclick: () => {
                    Report.set({ block: index });
                    document.getElementById('strip')?.scrollIntoView();
                },
            }, t('pools.show')), stack > 0 && Report.foldedStack(stack));
    };

    const defect = (one, source) => h('li', { class: 'defect' },
        h('p', {}, h('b', { lang: 'en' }, one.what), ' ', h('span', { class: 'soft' },
            one.length ? t('pools.defect', { length: format.exact(one.length), address: format.address(one.address) })
                : t('pools.defect-point', { address: format.address(one.address) }))),
        block(one.block, 'pools.shows', source),
        one.suspect !== one.block && block(one.suspect, 'pools.suspect', source));

    const card = (pool, source) => {
        const largest = Math.min(pool.largest_free, pool.free);
        const wide = bytes => ({ width: `${pool.size ? Math.min(100, bytes / pool.size * 100) : 0}%` });
        const defects = h('ul', { class: 'defects' });
        const more = Report.listed(pool.defects, 20, one => defect(one, source), defects);
        const fact = (name, value) => [t(`pools.${name}`), value];
        return h('article', { class: `pool${pool.defects.length ? ' corrupt' : ''}` },
            h('h3', {}, h('bdi', {}, pool.name || t('pools.unnamed', { address: format.address(pool.base) }))),
            h('figure', { class: 'pool-bar' }, h('div', {
                class: 'whole', role: 'img',
                'aria-label': t('pools.bar', { used: format.exact(pool.used), size: format.exact(pool.size), largest: format.exact(largest) }),
            }, h('span', { class: 'used', style: wide(pool.used) }), h('span', { class: 'largest', style: wide(largest) }), h('span', { class: 'rest', style: wide(pool.free - largest) }))),
            Report.facts([
                fact('used', format.exact(pool.used)), fact('free', format.exact(pool.free)),
                fact('largest', format.exact(pool.largest_free)), fact('size', format.exact(pool.size)),
                pool.peak > 0 && fact('peak', format.exact(pool.peak)),
                fact('fragmentation', format.percent(pool.free ? 1 - largest / pool.free : 0)),
                pool.configuration && fact('configuration', pool.configuration),
                pool.base > 0 && fact('base', format.address(pool.base)),
                pool.control_block > 0 && fact('control', format.exact(pool.control_block)),
                pool.granule > 0 && fact('granule', format.exact(pool.granule)),
            ]),
            pool.defects.length > 0 && [defects, more]);
    };

    Report.section('pools', {
        available: source => source.kind !== 'trace' && source.pools.length > 0,
        render: (element, source) => {
            const defects = source.pools.reduce((total, pool) => total + pool.defects.length, 0);
            const cards = h('div', { class: 'cards' });
            const more = Report.listed(source.pools, 24, pool => card(pool, source), cards);
            element.append(
                h('p', { class: `verdict ${defects ? 'bad' : source.kind === 'dump' ? 'good' : ''}` },
                    defects ? t('pools.corrupt', { n: defects }) : t(source.kind === 'dump' ? 'pools.sound' : 'pools.unchecked')),
                cards, more);
        },
    });
}
