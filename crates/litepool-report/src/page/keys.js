// Keys that work wherever the focus is, unless it is in a field or in something that takes them for itself.
{
    const { h, t } = Report;

    Report.words({
        en: {
            'keys.title': 'Keys', 'keys.close': 'Close',
            'keys.step': 'a step earlier or later (with Shift: ten)', 'keys.page': 'fifty steps',
            'keys.ends': 'to the start, to the end', 'keys.keyframes': 'to the moment before or after with all blocks',
            'keys.peak': 'to the peak', 'keys.failure': 'to the failure', 'keys.zoom': 'zoom in, out, show all',
            'keys.pan': 'move the view', 'keys.clear': 'show everything again', 'keys.this': 'these keys',
            'keys.blocks': 'in the strip: from block to block; up and down a row',
            'keys.pointer': 'On timeline and map: a click goes to the moment, a drag chooses a part or moves it, a double click shows all; the wheel zooms once the drawing was clicked, with Ctrl always.',
        },
        zh: {
            'keys.title': '按键', 'keys.close': '关闭',
            'keys.step': '前一步或后一步（按住 Shift：十步）', 'keys.page': '五十步',
            'keys.ends': '到开头、到结尾', 'keys.keyframes': '到前一个或后一个含全部块的时刻',
            'keys.peak': '到峰值', 'keys.failure': '到失败处', 'keys.zoom': '放大、缩小、显示全部',
            'keys.pan': '移动视图', 'keys.clear': '重新显示全部', 'keys.this': '本列表',
            'keys.blocks': '在条带中：逐块移动；上下移动一行',
            'keys.pointer': '在时间线和内存图上：单击转到该时刻，拖动选取或移动一段，双击显示全部；单击图形后滚轮缩放，按住 Ctrl 时始终缩放。',
        },
    });

    Report.showKeys = () => {
        const rows = [['← →', 'step'], ['Page ↑ ↓', 'page'], ['Home End', 'ends'], ['[ ]', 'keyframes'], ['p', 'peak'],
            ['f', 'failure'], ['+ − 0', 'zoom'], ['a d', 'pan'], ['Esc', 'clear'], ['← → ↑ ↓', 'blocks'], ['?', 'this']];
        const dialog = h('dialog', { 'aria-labelledby': 'keys-title', onclose: () => dialog.remove() },
            h('h2', { id: 'keys-title' }, t('keys.title')),
            h('table', {}, h('tbody', {}, rows.map(([key, word]) => h('tr', {},
                h('th', { scope: 'row' }, key.split(' ').map(one => [h('kbd', {}, one), ' '])), h('td', {}, t(`keys.${word}`)))))),
            h('p', { class: 'soft' }, t('keys.pointer')),
            h('form', { method: 'dialog' }, h('button', { autofocus: true }, t('keys.close'))));
        document.body.append(dialog);
        dialog.showModal();
    };

    const actions = {
        ArrowLeft: event => Report.stepBy(event.shiftKey ? -10 : -1),
        ArrowRight: event => Report.stepBy(event.shiftKey ? 10 : 1),
        '[': () => Report.goToNext(-1),
        ']': () => Report.goToNext(1),
        p: () => Report.goToKind('peak'),
        f: () => Report.goToKind('failure'),
        '+': () => Report.axis.zoom(1.5, momentShare()),
        '=': () => Report.axis.zoom(1.5, momentShare()),
        '-': () => Report.axis.zoom(1 / 1.5, momentShare()),
        0: () => Report.axis.whole(),
        a: () => Report.axis.pan(-0.25),
        d: () => Report.axis.pan(0.25),
    };
    // Only where a drawing has the focus: elsewhere they move the page.
    const onStages = {
        PageUp: () => Report.stepBy(-50),
        PageDown: () => Report.stepBy(50),
        Home: () => Report.goTo(0),
        End: () => Report.goTo(Report.lastOperation()),
    };

    // The moment stays where it is while keys zoom, if it is in view.
    const momentShare = () => {
        const share = Report.axis.x(Report.state.moment, 1);
        return share >= 0 && share <= 1 ? share : 0.5;
    };

    Report.listenToKeys = () => addEventListener('keydown', event => {
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.target.closest?.('input, select, textarea, dialog')) return;
        if (event.key === '?') return Report.showKeys();
        if (event.key === 'Escape') return Report.set({ filter: Report.noFilter, hidden: [], block: null });
        if (!Report.source().timeline) return;
        const action = actions[event.key] ?? (event.target.closest?.('.stage') && onStages[event.key]);
        if (!action) return;
        event.preventDefault();
        action(event);
    });
}
