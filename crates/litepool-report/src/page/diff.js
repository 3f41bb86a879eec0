// Diff: what changed between two traces or dumps, and where two traces part.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'diff.title': 'What changed',
            'diff.about': 'By call site: of two traces at their peaks, of two dumps as they are.',
            'diff.more': 'After has {bytes} more than before: {from} became {to}.',
            'diff.less': 'After has {bytes} less than before: {from} became {to}.',
            'diff.same': 'Both have {to}.',
            'diff.most': 'Most of it is by {site} ({bytes}).',
            'diff.divergence': 'Where they part',
            'diff.until': 'Up to operation {operation} both do the same. Then:',
            'diff.before': 'before', 'diff.after': 'after',
            'diff.allocate': 'allocates {size}', 'diff.resize': 'resizes to {size}', 'diff.free': 'frees {size}', 'diff.ends': 'ends',
            'diff.at': 'in {site}',
            'diff.none': 'Both traces do the same from the first to the last operation.',
            'diff.table': 'Change by call site', 'diff.site': 'Call site', 'diff.bytes-before': 'Before', 'diff.bytes-after': 'After',
            'diff.change': 'Change', 'diff.objects': 'Objects', 'diff.by-number': 'By number', 'diff.by-size': 'By size',
            'diff.split': '“By number” is what more or fewer objects account for, “by size” what larger or smaller ones do.',
            'diff.empty': 'No call site has more or less than before.',
            'diff.direction': 'Bars to the right are growth.',
        },
        zh: {
            'diff.title': '有何变化',
            'diff.about': '按调用点：两份记录比较各自峰值，两份映像直接比较。',
            'diff.more': '之后比之前多 {bytes}：由 {from}变为 {to}。',
            'diff.less': '之后比之前少 {bytes}：由 {from}变为 {to}。',
            'diff.same': '两者均为 {to}。',
            'diff.most': '主要来自 {site}（{bytes}）。',
            'diff.divergence': '从何处开始不同',
            'diff.until': '直到第 {operation} 次操作两者完全相同。之后：',
            'diff.before': '之前', 'diff.after': '之后',
            'diff.allocate': '分配 {size}', 'diff.resize': '调整到 {size}', 'diff.free': '释放 {size}', 'diff.ends': '结束',
            'diff.at': '位于 {site}',
            'diff.none': '两份记录从第一次到最后一次操作完全相同。',
            'diff.table': '各调用点的变化', 'diff.site': '调用点', 'diff.bytes-before': '之前', 'diff.bytes-after': '之后',
            'diff.change': '变化', 'diff.objects': '对象', 'diff.by-number': '因数量', 'diff.by-size': '因大小',
            'diff.split': '“因数量”是对象增减造成的变化，“因大小”是对象变大或变小造成的变化。',
            'diff.empty': '没有任何调用点的占用有所增减。',
            'diff.direction': '向右的条表示增长。',
        },
    });

    const kept = { by: 'weight', isUp: false };
    const grown = row => row.bytes[1] - row.bytes[0];

    const siteText = (call, source) => {
        if (!call) return t('names.unknown');
        const file = Report.names.file(call);
        return call.function ? `${call.function}${file ? ` (${file})` : ''}` : file || call.module || Report.names.call(source?.calls.indexOf(call));
    };

    const lead = rows => {
        const [from, to] = rows.reduce(([before, after], row) => [before + row.bytes[0], after + row.bytes[1]], [0, 0]);
        const numbers = { bytes: format.exact(Math.abs(to - from)), from: format.exact(from), to: format.exact(to) };
        const direction = Math.sign(to - from);
        const most = rows.filter(row => Math.sign(grown(row)) === direction && direction).sort((one, other) => direction * (grown(other) - grown(one)))[0];
        return [
            t(direction > 0 ? 'diff.more' : direction < 0 ? 'diff.less' : 'diff.same', numbers),
            most && ` ${t('diff.most', { site: siteText(most.site), bytes: format.change(grown(most)) })}`,
        ];
    };

    // A bar from the middle: to the right more, to the left less.
    const bothWays = share => h('span', { class: 'both-ways', 'aria-hidden': 'true' },
        h('span', { class: share < 0 ? 'less' : 'more', style: { width: `${Math.abs(share) * 50}%` } }));

    const contributors = rows => {
        const shown = rows.filter(row => grown(row) || row.blocks[0] !== row.blocks[1]);
        if (!shown.length) return h('p', { class: 'empty' }, t('diff.empty'));
        let most = 1;
        for (const row of shown) most = Math.max(most, Math.abs(grown(row)));
        const table = Report.sortable({
            label: t('diff.table'), step: 40, state: kept,
            columns: [
                { id: 'site', name: t('diff.site'), cell: row => Report.callName(row.site), value: row => siteText(row.site) },
                { id: 'before', name: t('diff.bytes-before'), isNumber: true, cell: row => format.count(row.bytes[0]), value: row => row.bytes[0] },
                { id: 'after', name: t('diff.bytes-after'), isNumber: true, cell: row => format.count(row.bytes[1]), value: row => row.bytes[1] },
                { id: 'weight', name: t('diff.change'), isNumber: true, cell: row => [bothWays(grown(row) / most), ' ', h('b', {}, format.change(grown(row)))], value: row => Math.abs(grown(row)) },
                { id: 'number', name: t('diff.by-number'), isNumber: true, cell: row => format.change(row.by_number), value: row => row.by_number },
                { id: 'size', name: t('diff.by-size'), isNumber: true, cell: row => format.change(row.by_size), value: row => row.by_size },
                { id: 'objects', name: t('diff.objects'), isNumber: true, cell: row => `${format.count(row.blocks[0])} → ${format.count(row.blocks[1])}`, value: row => row.blocks[1] - row.blocks[0] },
            ],
        });
        table.show(shown);
        return h('div', {}, table.element, h('p', { class: 'soft note' }, t('diff.split'), ' ', t('diff.direction')));
    };

    const divergence = (found, sources) => {
        const side = at => {
            const kind = found.kinds[at];
            const call = found.sites[at] === null ? null : sources[at].calls[found.sites[at]];
            return h('div', { class: `side ${at ? 'after' : 'before'}` },
                h('div', { class: 'soft' }, t(at ? 'diff.after' : 'diff.before'), ' · ', h('bdi', {}, sources[at].name)),
                h('p', {}, h('b', {}, t(kind === 'end' ? 'diff.ends' : `diff.${kind}`, { size: format.exact(found.sizes[at]) }))),
                kind !== 'end' && call && h('p', {}, t('diff.at', { site: '' }), Report.callName(call)));
        };
        return h('div', {}, h('h3', {}, t('diff.divergence')),
            h('p', {}, t('diff.until', { operation: format.count(found.operation - 1) })),
            h('div', { class: 'sides' }, side(0), side(1)));
    };

    Report.section('diff', {
        available: () => Boolean(Report.data.diff),
        render: element => {
            const { diff, sources } = Report.data;
            element.append(
                h('p', { class: 'why' }, lead(diff.rows)),
                contributors(diff.rows),
                diff.divergence ? divergence(diff.divergence, sources)
                    : sources.every(source => source.kind === 'trace') ? h('p', {}, t('diff.none')) : '');
        },
    });
}
