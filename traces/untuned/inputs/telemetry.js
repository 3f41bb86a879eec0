// Messages of sensors arrive as JSON, are checked, grouped in objects with closures, smoothed and reported as JSON again.
var seed = 3;
function dice(n) {
    seed = (seed * 16807) % 2147483647;
    return seed % n;
}

function Sensor(name) {
    var values = [];
    var listeners = [];
    this.name = name;
    this.on = function (listener) { listeners.push(listener); };
    this.take = function (value, tags) {
        values.push({ value: value, tags: tags });
        if (values.length > 32) { values.shift(); }
        listeners.forEach(function (listener) { listener(name, value); });
    };
    this.mean = function () {
        return values.reduce(function (sum, each) { return sum + each.value; }, 0) / values.length;
    };
    this.tags = function () {
        var all = {};
        values.forEach(function (each) { each.tags.forEach(function (tag) { all[tag] = (all[tag] || 0) + 1; }); });
        return all;
    };
}

function message(number) {
    var tags = [];
    for (var i = dice(4); i > 0; i--) { tags.push('tag-' + dice(12)); }
    return JSON.stringify({ id: number, sensor: 'sensor/' + dice(24), value: dice(10000) / 100, tags: tags, note: number % 7 ? null : 'n' + number });
}

var sensors = {};
var alarms = [];
function sensor(name) {
    if (!sensors[name]) {
        sensors[name] = new Sensor(name);
        sensors[name].on(function (who, value) {
            if (value > 97) { alarms.push(who + ' has ' + value.toFixed(1)); }
            if (alarms.length > 50) { alarms = alarms.slice(25); }
        });
    }
    return sensors[name];
}

for (var number = 0; number < 2500; number++) {
    var text = message(number);
    if (number % 50 === 49) { text = text.substring(0, text.length - 3); }
    try {
        var received = JSON.parse(text);
        sensor(received.sensor.replace(/^sensor\//, 's')).take(received.value, received.tags);
    } catch (error) {
        alarms.push('bad message ' + number + ': ' + error.name);
    }
    if (number % 500 === 499) {
        var lines = Object.keys(sensors).sort().map(function (name) {
            return { name: name, mean: Number(sensors[name].mean().toFixed(2)), tags: sensors[name].tags() };
        });
        print(JSON.stringify(lines));
    }
}
print(alarms.join('; '));
