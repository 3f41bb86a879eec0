// Translation: `t('key', {name: value})`. A word is a text with `{name}` in it, or of numbers one for each of the
// language's plural forms, told apart by `{n}`.
{
    const words = { en: {}, zh: {} };
    const rules = { en: new Intl.PluralRules('en'), zh: new Intl.PluralRules('zh') };

    // A file adds its own: `Report.words({en: {...}, zh: {...}})`.
    Report.words = more => {
        Object.assign(words.en, more.en);
        Object.assign(words.zh, more.zh);
    };

    Report.hasWord = key => key in words.en;

    const fill = (text, params) => text.replace(/\{(\w+)\}/g, (whole, name) =>
        name === 'n' && typeof params.n === 'number' ? Report.format.count(params.n) : params[name] ?? whole);

    Report.t = (key, params = {}) => {
        const language = Report.state.language;
        let word = words[language][key] ?? words.en[key];
        if (word === undefined) return key;
        if (typeof word === 'object') word = word[rules[language].select(params.n)] ?? word.other;
        return fill(word, params);
    };

    // A sentence as nodes: `{name}` may be an element. Answers a list for `h`.
    Report.sentence = (key, params) => Report.t(key).split(/(\{\w+\})/).map(part => {
        const name = part.match(/^\{(\w+)\}$/)?.[1];
        return name && name in params ? params[name] : part;
    });

    // What the tests ask: that neither language lacks a word of the other.
    Report.missingWords = () => [
        ...Object.keys(words.en).filter(key => !(key in words.zh)).map(key => `zh: ${key}`),
        ...Object.keys(words.zh).filter(key => !(key in words.en)).map(key => `en: ${key}`),
    ];
}
