// What a pointer does on a drawing along the axis: a click goes to the moment; a drag moves the view, or, when all is in
// view or Shift is held, chooses a part; two fingers, and the wheel of a drawing that has the focus or with Ctrl,
// zoom; a double click shows all again.
{
    const { h } = Report;

    // `hover({operation, x, y, share})`, or null when the pointer leaves.
    Report.gestures = (stage, { hover }) => {
        const pointers = new Map();
        const band = h('div', { class: 'band', hidden: true });
        stage.append(band);
        let start = null;
        let pinch = 0;

        const measure = event => {
            const box = stage.getBoundingClientRect();
            const { left, right } = Report.margins(box.width);
            const width = box.width - left - right;
            const x = event.clientX - box.left - left;
            return { x: x + left, y: event.clientY - box.top, left, width, share: Math.min(1, Math.max(0, x / width)) };
        };
        const told = event => {
            const at = measure(event);
            return { ...at, operation: Math.round(Report.axis.at(at.share * at.width, at.width)) };
        };

        stage.addEventListener('pointerdown', event => {
            if (event.button) return;
            pointers.set(event.pointerId, event);
            stage.setPointerCapture(event.pointerId);
            const at = measure(event);
            start = { ...at, view: Report.state.view, isMoved: false, chooses: event.shiftKey || Report.axis.isWhole() };
            pinch = 0;
        });
        stage.addEventListener('pointermove', event => {
            hover(told(event));
            if (!pointers.has(event.pointerId) || !start) return;
            pointers.set(event.pointerId, event);
            const at = measure(event);
            if (pointers.size === 2) {
                const [one, other] = [...pointers.values()].map(measure);
                const distance = Math.abs(one.x - other.x);
                if (pinch > 10 && distance > 10) Report.axis.zoom(distance / pinch, (one.share + other.share) / 2);
                pinch = distance;
                start.isMoved = true;
                return;
            }
            if (Math.abs(at.x - start.x) > 5) start.isMoved = true;
            if (!start.isMoved || event.pointerType === 'touch' && start.chooses) return;
            if (start.chooses) {
                band.hidden = false;
                band.style.left = `${at.left + Math.min(at.share, start.share) * at.width}px`;
                band.style.width = `${Math.abs(at.share - start.share) * at.width}px`;
            } else {
                const { from, to } = start.view;
                const shift = (start.share - at.share) * (to - from);
                Report.axis.show(from + shift, to + shift);
            }
        });
        const end = event => {
            const isLast = pointers.delete(event.pointerId) && !pointers.size;
            if (!isLast || !start) return;
            band.hidden = true;
            const at = measure(event);
            const { from, to } = start.view;
            if (event.type === 'pointerup' && !start.isMoved) Report.goTo(told(event).operation);
            else if (event.type === 'pointerup' && start.chooses && Math.abs(at.share - start.share) > 0.005 && pinch === 0
                && event.pointerType !== 'touch') {
                const shares = [at.share, start.share].sort((one, other) => one - other);
                Report.axis.show(from + shares[0] * (to - from), from + shares[1] * (to - from));
            }
            start = null;
        };
        stage.addEventListener('pointerup', end);
        stage.addEventListener('pointercancel', end);
        stage.addEventListener('pointerleave', () => hover(null));
        stage.addEventListener('dblclick', Report.axis.whole);
        stage.addEventListener('wheel', event => {
            const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
            if (!event.ctrlKey && !sideways && !stage.matches(':focus, :focus-within')) return;
            event.preventDefault();
            if (sideways) Report.axis.pan(event.deltaX / measure(event).width);
            else Report.axis.zoom(Math.exp(-event.deltaY / (event.deltaMode ? 20 : 400)), measure(event).share);
        }, { passive: false });
    };

    // Vertical lines over a drawing: the moment, and where the pointer is. They move without drawing anew.
    Report.cursor = stage => {
        const moment = h('div', { class: 'line moment' });
        const pointer = h('div', { class: 'line pointer', hidden: true });
        stage.append(moment, pointer);
        const update = () => {
            const { left, right } = Report.margins(Report.widthOf(stage));
            const width = Report.widthOf(stage) - left - right;
            const x = Report.axis.x(Report.state.moment, width);
            moment.hidden = x < -1 || x > width + 1;
            moment.style.transform = `translateX(${left + x}px)`;
        };
        Report.onWidth(stage, update);
        return {
            update,
            hover: at => {
                pointer.hidden = !at;
                if (at) pointer.style.transform = `translateX(${at.left + at.share * at.width}px)`;
            },
        };
    };

    // A box beside the pointer. `show(at, nodes)`; `show(null)` hides it.
    Report.tip = stage => {
        const tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
        stage.append(tip);
        return (at, ...nodes) => {
            tip.hidden = !at;
            if (!at) return;
            tip.replaceChildren(...nodes.flat());
            const width = tip.offsetWidth;
            const right = at.x + 14 + width < stage.clientWidth;
            const x = right ? at.x + 14 : Math.max(0, at.x - 14 - width);
            tip.style.transform = `translate(${x}px, ${Math.max(0, at.y - tip.offsetHeight - 10)}px)`;
        };
    };

    // Lines of a tip or a list of facts: [[label, value, colour?]].
    Report.facts = rows => h('dl', {}, rows.filter(Boolean).map(([label, value, colour]) => [
        h('dt', {}, colour && h('span', { class: 'swatch', style: { background: colour } }), label), h('dd', {}, value),
    ]));
}
