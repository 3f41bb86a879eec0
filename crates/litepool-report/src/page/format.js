// Numbers in the reader's language.
{
    const tags = { en: 'en-US', zh: 'zh-CN' };
    const made = new Map();
    const number = options => {
        const key = Report.state.language + JSON.stringify(options);
        if (!made.has(key)) made.set(key, new Intl.NumberFormat(tags[Report.state.language], options));
        return made.get(key);
    };
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

    Report.words({
        en: { 'format.bytes': { one: '{n} byte', other: '{n} bytes' } },
        zh: { 'format.bytes': '{n} 字节' },
    });

    Report.format = {
        // 1,234,567
        count: value => number({ maximumFractionDigits: 0 }).format(value),

        // 75.3 KiB: three digits, for axes and overviews.
        bytes: value => {
            let unit = 0;
            let size = Math.abs(value);
            while (size >= 1024 && unit < units.length - 1) { size /= 1024; unit += 1; }
            const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
            return `${number({ maximumFractionDigits: digits }).format(Math.sign(value) * size)} ${units[unit]}`;
        },

        // 77,072 bytes
        exact: value => Report.t('format.bytes', { n: value }),

        // +77,072
        change: value => number({ maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format(value),

        // A share of 1: 93%, 7.2%. What there is of something is more than nothing, and what lacks something not all.
        percent: value => {
            const share = (one, digits) => number({ style: 'percent', maximumFractionDigits: digits }).format(one);
            if (value > 0 && value < 0.0005) return `<${share(0.001, 1)}`;
            if (value >= 0.995 && value < 1) return `>${share(0.99, 0)}`;
            return share(value, value < 0.0995 ? 1 : 0);
        },

        // Microseconds: 1:02:03, 12.3 s, 45 ms.
        time: microseconds => {
            const seconds = microseconds / 1e6;
            if (seconds >= 3600) {
                const two = value => String(Math.floor(value)).padStart(2, '0');
                return `${Math.floor(seconds / 3600)}:${two(seconds / 60 % 60)}:${two(seconds % 60)}`;
            }
            if (seconds >= 100) return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
            if (seconds >= 1) return `${number({ maximumFractionDigits: 2 }).format(seconds)} s`;
            if (seconds >= 1e-3) return `${number({ maximumFractionDigits: 1 }).format(seconds * 1e3)} ms`;
            return `${number({ maximumFractionDigits: 0 }).format(microseconds)} µs`;
        },

        // 12.3 M: three digits, for axes.
        short: value => number({ notation: 'compact', maximumSignificantDigits: 4 }).format(value),

        address: value => `0x${value.toString(16).padStart(8, '0')}`,
    };
}
