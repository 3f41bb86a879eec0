// Colours as the numbers that an image's pixels are: red in the lowest byte.
{
    Report.pixel = ([red, green, blue]) => (255 << 24 | blue << 16 | green << 8 | red) >>> 0;

    const mixed = (one, other, share) => one.map((value, at) => Math.round(value + (other[at] - value) * share));

    // For each category and each eighth of a cell's use a colour: free memory shines through what is partly used.
    // `pixels[category * 9 + eighths]`; what is left out has the category after the last.
    Report.shades = colouring => {
        const free = Report.rgb(Report.style('free'));
        const colours = [...colouring.categories.map(one => one.colour), Report.style('dimmed')].map(Report.rgb);
        const shades = new Uint32Array(colours.length * 9);
        colours.forEach((colour, category) => {
            for (let eighths = 0; eighths <= 8; eighths++) {
                shades[category * 9 + eighths] = Report.pixel(eighths ? mixed(free, colour, 0.3 + 0.7 * eighths / 8) : free);
            }
        });
        return shades;
    };

    // Eighths of 0 to 255; anything at all is one.
    Report.eighths = used => used === 0 ? 0 : Math.max(1, (used + 16) >> 5);

    Report.pixelOf = name => Report.pixel(Report.rgb(Report.style(name)));
}
