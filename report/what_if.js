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
    return position === axis.basePosition ? axis.base : first + (last - first) * position / grid.steps;
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

  const percent = (ratio, digits) =>
    (ratio < 0 ? "−" : "") + Math.abs(ratio * 100).toFixed(digits) + "\u202f%";
  const driverText = (axis, value) => axis.isMultiple ? value.toFixed(2) + "×" : percent(value, 1);
  const dollars = (billions) => billions >= 999.5
    ? "$" + (billions / 1000).toFixed(2) + "T"
    : "$" + billions.toFixed(0) + "bn";
  const distance = (ratio) =>
    Math.abs(ratio) < 0.0005 ? "level" : percent(Math.abs(ratio), 1) + (ratio > 0 ? " above" : " below");

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
    document.getElementById("what-if-share").textContent = "$" + (equity / grid.shares).toFixed(0);
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
