// Who has what at a moment: of the keyframe that stands there to the byte, else of the holdings at the end of the
// moment's column.
{
    // Columns between two sums that are kept: from the nearest one on, changes are added up.
    const stride = 64;
    const sums = new WeakMap();

    // A keyframe of very many blocks shows neighbours as one: what its blocks have is then not told by their sizes.
    const isThinned = (source, frame) => {
        if (!source.timeline) return false;
        const column = Report.columnOf(source.timeline, frame.operation);
        const blocks = Report.row(source.timeline.used_blocks)[column] + Report.row(source.timeline.free_blocks)[column];
        return frame.state.length * 1.5 + source.timeline.operations_per_column < blocks;
    };

    const ofKeyframe = frame => {
        const [state, stack, task, size] = [frame.state, frame.stack, frame.task, frame.size].map(Report.row);
        const index = new Map();
        const held = { owners: [], bytes: [], blocks: [] };
        for (let at = 0; at < state.length; at++) {
            if (!(state[at] & 1)) continue;
            const key = stack[at] * 65536 + task[at];
            let owner = index.get(key);
            if (owner === undefined) {
                owner = held.owners.length;
                index.set(key, owner);
                held.owners.push([stack[at], task[at] - 1]);
                held.bytes.push(0);
                held.blocks.push(0);
            }
            held.bytes[owner] += size[at];
            held.blocks[owner] += 1;
        }
        return held;
    };

    const ofColumn = (holdings, column) => {
        if (!sums.has(holdings)) sums.set(holdings, new Map());
        const kept = sums.get(holdings);
        const [starts, owner, bytes, blocks] = [holdings.starts, holdings.owner, holdings.bytes, holdings.blocks].map(Report.row);
        let from = Math.floor((column + 1) / stride);
        while (from > 0 && !kept.has(from)) from -= 1;
        const start = kept.get(from);
        const sum = {
            bytes: start ? start.bytes.slice() : new Float64Array(holdings.owners.length),
            blocks: start ? start.blocks.slice() : new Float64Array(holdings.owners.length),
        };
        for (let at = from * stride; at <= column; at++) {
            if (at % stride === 0 && at && !kept.has(at / stride)) {
                kept.set(at / stride, { bytes: sum.bytes.slice(), blocks: sum.blocks.slice() });
            }
            for (let change = starts[at]; change < starts[at + 1]; change++) {
                sum.bytes[owner[change]] += bytes[change];
                sum.blocks[owner[change]] += blocks[change];
            }
        }
        return { owners: holdings.owners, ...sum };
    };

    // What is held after an operation: [{stack, task (-1: unknown), bytes, blocks}] of those who have something,
    // `operation`: of when it is, `isExact`: is that the one that was asked for.
    // O(owners + changes of 64 columns).
    Report.heldAt = operation => {
        const source = Report.source();
        const frame = source.timeline ? source.keyframes.find(one => one.operation === operation) : source.keyframes[0];
        let held = { owners: [], bytes: [], blocks: [] };
        let when = operation;
        if (frame && !isThinned(source, frame)) held = ofKeyframe(frame);
        else if (source.holdings?.columns && operation > 0) {
            const column = Report.columnOf(source.holdings, operation);
            held = ofColumn(source.holdings, column);
            when = Math.min((column + 1) * source.holdings.operations_per_column, Report.lastOperation());
        }
        const shares = [];
        for (let at = 0; at < held.owners.length; at++) {
            if (!held.bytes[at] && !held.blocks[at]) continue;
            const [stack, task] = held.owners[at];
            shares.push({ stack, task: task ?? -1, bytes: held.bytes[at], blocks: held.blocks[at] });
        }
        return { shares, operation: when, isExact: when === operation };
    };

    Report.hasHeld = source => Boolean(source.holdings?.owners.length) || source.keyframes.length > 0;

    // Shares, put together: a Map from what `keyOf(share)` says to {key, bytes, blocks, tasks}.
    Report.gather = (shares, keyOf) => {
        const groups = new Map();
        for (const share of shares) {
            const key = keyOf(share);
            let group = groups.get(key);
            if (!group) groups.set(key, group = { key, bytes: 0, blocks: 0, tasks: new Map() });
            group.bytes += share.bytes;
            group.blocks += share.blocks;
            group.tasks.set(share.task, (group.tasks.get(share.task) ?? 0) + share.bytes);
        }
        return groups;
    };

    // Which stacks are the outermost of their function: there what it has counts, once.
    const outermost = new WeakMap();
    const outermostOf = source => {
        if (outermost.has(source)) return outermost.get(source);
        const { stacks } = source;
        const names = stacks.map((stack, at) => at ? source.calls[stack.call]?.function || Report.names.call(stack.call) : '');
        const isOutermost = stacks.map((stack, at) => {
            if (!at) return false;
            for (let above = stack.parent; above > 0; above = stacks[above].parent) if (names[above] === names[at]) return false;
            return true;
        });
        outermost.set(source, { names, isOutermost });
        return outermost.get(source);
    };

    // By function, what it allocated itself or through others. O(shares + stacks).
    Report.gatherFunctions = shares => {
        const source = Report.source();
        const { names, isOutermost } = outermostOf(source);
        const bytes = new Float64Array(names.length);
        const blocks = new Float64Array(names.length);
        for (const share of shares) {
            bytes[share.stack] += share.bytes;
            blocks[share.stack] += share.blocks;
        }
        const groups = new Map();
        for (let at = names.length - 1; at > 0; at--) {
            if (!bytes[at] && !blocks[at]) continue;
            const { parent } = source.stacks[at];
            bytes[parent] += bytes[at];
            blocks[parent] += blocks[at];
            if (!isOutermost[at]) continue;
            const group = groups.get(names[at]) ?? { key: names[at], bytes: 0, blocks: 0 };
            group.bytes += bytes[at];
            group.blocks += blocks[at];
            groups.set(names[at], group);
        }
        return groups;
    };
}
