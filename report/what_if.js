"use strict";
(() => {
  const panel = document.getElementById("what-if-panel");
  const grid = JSON.parse(document.getElementById("what-if-data").textContent);
  const sliders = grid.axes.map((axis) => document.getElementById("slider-" + axis.driver));

  // Strides of the values, the last axis fastest.
  const strides = grid.axes.map((_, place) =>
    grid.axes.slice(place + 1).reduce((size, axis) => size * axis.points.length, 1));

  const valueAt = (axis, position) => {
    const [first, last] = [axis.points[0], axis.points[axis.points.length - 1]];
    if (position === axis.basePosition) return axis.base;
    return first + (last - first) * position / grid.steps;
  };

  // The cell of an axis that holds a value, and how far the value lies into it.
  const locate = (axis, value) => {
    let cell = 0;
    while (cell < axis.points.length - 2 && axis.points[cell + 1] <= value) cell += 1;
    const [low, high] = [axis.points[cell], axis.points[cell + 1]];
    const share = axis.reciprocal
      ? (1 / value - 1 / low) / (1 / high - 1 / low)
      : (value - low) / (high - low);
    return { cell, share };
  };

  const interpolate = (values) => {
    const found = grid.axes.map((axis, place) => locate(axis, values[place]));
    const along = (place, offset) => {
      if (place === found.length) return grid.values[offset];
      const { cell, share } = found[place];
      const low = along(place + 1, offset + cell * strides[place]);
      const high = along(place + 1, offset + (cell + 1) * strides[place]);
      return low + (high - low) * share;
    };
    return along(0, 0);
  };

  // Figures in words, as `formats.py` writes them.
  const signed = (value, text) => (value < 0 && /[1-9]/.test(text) ? "−" : "") + text;
  const digits = (value, decimals) => Math.abs(value).toLocaleString(
    "en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const percent = (ratio) => signed(ratio, digits(ratio * 100, 1)) + "\u202f%";
  const dollars = (billions) => {
    const size = Math.abs(billions);
    if (size >= 999.5) return signed(billions, "$" + digits(size / 1000, 2) + "T");
    if (size >= 0.9995) return signed(billions, "$" + digits(size, size < 99.95 ? 1 : 0) + "bn");
    return signed(billions, "$" + digits(size * 1000, 0) + "m");
  };
  const price = (value) =>
    signed(value, "$" + digits(value, Math.abs(value) >= 10 ? 0 : 2));
  const inUnit = {
    ratio: percent,
    years: (value) => signed(value, digits(value, 1)) + " years",
    USD: (value) => dollars(value / 1e9),
  };
  const driverText = (axis, value) => axis.decimalsOfMultiple === null
    ? inUnit[axis.unit](value)
    : signed(value, digits(value, axis.decimalsOfMultiple)) + "×";
  const distance = (ratio) => Math.abs(ratio) < 0.0005
    ? "level"
    : percent(Math.abs(ratio)) + (ratio > 0 ? " above" : " below");

  const show = () => {
    const values = grid.axes.map((axis, place) => valueAt(axis, Number(sliders[place].value)));
    const equity = interpolate(values);
    grid.axes.forEach((axis, place) => {
      const text = driverText(axis, values[place]);
      sliders[place].setAttribute("aria-valuetext", text);
      document.getElementById("value-" + axis.driver).textContent = text;
    });
    panel.dataset.equity = String(equity);
    document.getElementById("what-if-equity").textContent = dollars(equity);
    document.getElementById("what-if-share").textContent = price(equity / grid.shares);
    grid.marks.forEach((mark, place) => {
      document.getElementById("what-if-mark-" + place).textContent = distance(equity / mark - 1);
    });
  };

  const reset = () => {
    grid.axes.forEach((axis, place) => { sliders[place].value = String(axis.basePosition); });
    show();
  };

  sliders.forEach((slider) => slider.addEventListener("input", show));
  document.getElementById("what-if-reset").addEventListener("click", reset);
  panel.hidden = false;
  reset();
})();
