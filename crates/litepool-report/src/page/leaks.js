// Leaks: the verdicts in words, the surest first, with what grows as a curve.
{
    const { h, t, format } = Report;

    Report.words({
        en: {
            'leaks.title': 'Leaks',
            'leaks.sure': { one: '{n} of them is certain.', other: '{n} of them are certain.' },
            'leaks.sum': { one: '{n} call site has memory that was not freed.', other: '{n} call sites have memory that was not freed.' },
            'leaks.unreachable': 'unreachable', 'leaks.growing': 'growing', 'leaks.task-gone': 'task gone',
            'leaks.creeping': 'creeping', 'leaks.flat': 'flat', 'leaks.not-freed': 'not freed',
            'leaks.unreachable-means': 'Nothing in the memory points to it: it can never be freed.',
            'leaks.growing-means': 'It becomes more throughout the run and is not freed.',
            'leaks.task-gone-means': 'The task that allocated it has ended, and it is still there.',
            'leaks.creeping-means': 'It becomes more, but not throughout the run: a cache that fills looks like this, too.',
            'leaks.flat-means': 'It came once and stayed: most likely it is meant to live as long as the program.',
            'leaks.not-freed-means': 'It is still there at the end. The run was too short to tell whether it grows.',
            'leaks.amount': '{bytes} in {objects}',
            'leaks.objects': { one: '{n} object', other: '{n} objects' },
            'leaks.rises': { one: 'Objects that stayed came in {rises} of {n} period.', other: 'Objects that stayed came in {rises} of {n} periods.' },
            'leaks.rate': '{rate} per hour at this pace',
            'leaks.rate-minute': '{rate} per minute at this pace', 'leaks.rate-second': '{rate} per second at this pace',
            'leaks.span': 'Allocated between operations {first} and {last}.',
            'leaks.tasks': 'By task', 'leaks.task': '{task}: {bytes}',
            'leaks.curve': 'Live bytes of this call site: {first} at first, {last} at the end, {most} at most.',
            'leaks.start': 'start', 'leaks.end': 'end',
            'leaks.more-tasks': 'and {n} more',
        },
        zh: {
            'leaks.title': '泄漏',
            'leaks.sure': '其中 {n} 处可以确定。',
            'leaks.sum': '{n} 个调用点有未释放的内存。',
            'leaks.unreachable': '不可达', 'leaks.growing': '持续增长', 'leaks.task-gone': '任务已结束',
            'leaks.creeping': '缓慢增长', 'leaks.flat': '平稳', 'leaks.not-freed': '未释放',
            'leaks.unreachable-means': '内存中没有任何指针指向它：它永远无法被释放。',
            'leaks.growing-means': '整个运行期间不断增加且不释放。',
            'leaks.task-gone-means': '分配它的任务已经结束，而它仍然存在。',
            'leaks.creeping-means': '有所增加，但并非贯穿整个运行：正在填充的缓存也是这样。',
            'leaks.flat-means': '分配一次后一直保留：很可能本来就要与程序同生命周期。',
            'leaks.not-freed-means': '结束时仍未释放。运行时间太短，无法判断是否增长。',
            'leaks.amount': '{bytes}，{objects}',
            'leaks.objects': '{n} 个对象',
            'leaks.rises': '{n} 个时段中有 {rises} 个出现了未释放的对象。',
            'leaks.rate': '照此速度每小时 {rate}',
            'leaks.rate-minute': '照此速度每分钟 {rate}', 'leaks.rate-second': '照此速度每秒 {rate}',
            'leaks.span': '分配于第 {first} 到第 {last} 次操作之间。',
            'leaks.tasks': '按任务', 'leaks.task': '{task}：{bytes}',
            'leaks.curve': '该调用点的存活字节：开始时 {first}，结束时 {last}，最多 {most}。',
            'leaks.start': '开始', 'leaks.end': '结束',
            'leaks.more-tasks': '等另外 {n} 个',
        },
    });

    // A rate in the unit that suits the recording: nobody extrapolates a second to an hour.
    const rateOf = (leak, source) => {
        if (!leak.bytes_per_hour) return null;
        const lasted = source.microseconds ?? Infinity;
        const [word, parts] = lasted < 60e6 ? ['leaks.rate-second', 3600] : lasted < 3600e6 ? ['leaks.rate-minute', 60] : ['leaks.rate', 1];
        const rate = leak.bytes_per_hour / parts;
        return rate < 1 ? null : t(word, { rate: format.bytes(rate) });
    };

    const tasksOf = leak => {
        if (!leak.tasks.length) return null;
        const shown = leak.tasks.slice(0, 8);
        return h('p', { class: 'soft' }, t('leaks.tasks'), ' — ',
            shown.map(([task, bytes], at) => [at ? ', ' : '', h('bdi', {}, t('leaks.task', { task: Report.names.task(task), bytes: format.exact(bytes) }))]),
            leak.tasks.length > shown.length && ` ${t('leaks.more-tasks', { n: leak.tasks.length - shown.length })}`);
    };

    const curveOf = (leak, source) => {
        if (!leak.curve?.length) return null;
        const values = Report.row(leak.curve);
        let most = 0;
        for (const value of values) most = Math.max(most, value);
        const label = t('leaks.curve', { first: format.exact(values[0]), last: format.exact(values.at(-1)), most: format.exact(most) });
        const ends = source.microseconds ? [t('leaks.start'), format.time(source.microseconds)] : [t('leaks.start'), t('leaks.end')];
        return Report.curve(values, label, ends);
    };

    const card = (leak, source) => {
        const site = leak.site ?? -1;
        return h('article', { class: `leak ${leak.verdict}${leak.is_sure ? ' sure' : ''}` },
            h('div', { class: 'what' },
                h('h3', {}, h('span', { class: `chip ${leak.verdict}` }, t(`leaks.${leak.verdict}`)), ' ', Report.siteName(site, source)),
                h('p', {}, h('b', {}, t('leaks.amount', { bytes: format.exact(leak.bytes), objects: t('leaks.objects', { n: leak.blocks }) })),
                    rateOf(leak, source) && ` · ${rateOf(leak, source)}`),
                h('p', { class: 'soft' }, t(`leaks.${leak.verdict}-means`), leak.periods > 0 && ` ${t('leaks.rises', { n: leak.periods, rises: format.count(leak.rises) })}`,
                    leak.first_operation !== null && leak.last_operation !== null
                        && ` ${t('leaks.span', { first: format.count(leak.first_operation), last: format.count(leak.last_operation) })}`),
                source.tasks.length > 1 && tasksOf(leak),
                Report.foldedStack(leak.stack),
                Report.onlyButton('site', site)),
            curveOf(leak, source));
    };

    let body = null;

    Report.section('leaks', {
        available: source => source.leaks.length > 0,
        render: (element, source) => {
            body = element;
            const sure = source.leaks.filter(leak => leak.is_sure).length;
            const verdicts = new Map();
            for (const leak of source.leaks) verdicts.set(leak.verdict, (verdicts.get(leak.verdict) ?? 0) + 1);
            const list = h('div', { class: 'leaks' });
            const more = Report.listed(source.leaks, 12, leak => card(leak, source), list);
            element.append(
                h('p', {}, t('leaks.sum', { n: source.leaks.length }), sure > 0 && [' ', h('b', {}, t('leaks.sure', { n: sure }))], ' ',
                    [...verdicts].map(([verdict, number]) => [h('span', { class: `chip ${verdict}` }, `${t(`leaks.${verdict}`)} ${format.count(number)}`), ' '])),
                list, more);
        },
        update: changed => { if (changed.has('filter')) Report.updateOnly(body); },
    });
}
