// What the program calls things.
{
    Report.words({
        en: { 'names.unknown': 'unknown', 'names.others': 'all others', 'names.unknown-task': 'no task' },
        zh: { 'names.unknown': '未知', 'names.others': '其余', 'names.unknown-task': '无任务' },
    });

    const base = path => path.slice(path.lastIndexOf('/') + 1);

    Report.names = {
        file: call => call.file ? `${base(call.file)}${call.line ? `:${call.line}` : ''}` : '',

        // `net_rx (net.c:42)`, `libssl.so+0x1234`.
        call: index => {
            const call = Report.source().calls[index];
            if (!call) return Report.t('names.unknown');
            const file = Report.names.file(call);
            if (call.function) return file ? `${call.function} (${file})` : call.function;
            if (file) return file;
            if (call.module) return base(call.module) + (call.offset === null ? '' : `+0x${call.offset.toString(16)}`);
            return call.offset === null ? Report.t('names.unknown') : `0x${call.offset.toString(16)}`;
        },

        // Shorter: `net_rx`.
        function: index => Report.source().calls[index]?.function || Report.names.call(index),

        module: index => {
            const module = Report.source().calls[index]?.module;
            return module ? base(module) : Report.t('names.unknown');
        },

        task: index => index === null || index === undefined || index < 0
            ? Report.t('names.unknown-task') : Report.source().tasks[index] || `#${index}`,
    };

    // The site of a stack, an index of the calls; -1: unknown.
    Report.siteOf = stack => stack === 0 ? -1 : Report.source().stacks[stack]?.site ?? -1;

    // The calls of a stack, the innermost first.
    Report.callsOf = stack => {
        const { stacks } = Report.source();
        const calls = [];
        for (let at = stack; at > 0 && at < stacks.length; at = stacks[at].parent) calls.push(stacks[at].call);
        return calls;
    };

    // Does it pass the filter of the state? `stack` 0 and `task` null or -1: unknown.
    const known = new Map();
    let knownFilter = null;
    let knownSource = null;
    Report.matches = (stack, task) => {
        const filter = Report.state.filter;
        if (filter !== knownFilter || Report.source() !== knownSource) {
            known.clear();
            knownFilter = filter;
            knownSource = Report.source();
        }
        if (filter.task !== null && (task ?? -1) !== filter.task) return false;
        if (!filter.text && filter.site === null && filter.module === null) return true;
        const key = filter.text ? `${stack}/${task}` : stack;
        let answer = known.get(key);
        if (answer === undefined) {
            answer = passes(filter, stack, task);
            known.set(key, answer);
        }
        return answer;
    };

    const passes = (filter, stack, task) => {
        const site = Report.siteOf(stack);
        if (filter.site !== null && site !== filter.site) return false;
        if (filter.module !== null && Report.names.module(site) !== filter.module) return false;
        if (!filter.text) return true;
        const text = filter.text.toLowerCase();
        return Report.callsOf(stack).some(call => Report.names.call(call).toLowerCase().includes(text))
            || Report.names.module(site).toLowerCase().includes(text)
            || Report.names.task(task).toLowerCase().includes(text);
    };
}
