// The last file: everything is defined, the page opens.
{
    const kept = (name, allowed, otherwise) => {
        let value = null;
        try { value = localStorage.getItem(`litepool-${name}`); } catch { /* a page from a file may keep nothing */ }
        return allowed.includes(value) ? value : otherwise;
    };

    Report.start = async () => {
        await Report.decode();
        Report.state.language = kept('language', ['en', 'zh'], navigator.language.startsWith('zh') ? 'zh' : 'en');
        Report.state.theme = kept('theme', ['system', 'light', 'dark'], 'system');
        document.documentElement.dataset.theme = Report.state.theme;
        Report.state.moment = Report.firstMoment();
        Report.renderAll();
        Report.listenToKeys();
        addEventListener('beforeprint', Report.renderHidden);
        document.documentElement.dataset.ready = '';
    };

    Report.start().catch(error => {
        const opening = document.getElementById('opening') ?? document.getElementById('main');
        opening.textContent = `The report cannot be opened: ${error.message}`;
        throw error;
    });
}
