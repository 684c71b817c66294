"use strict";
// Films: one frame at a time; without this script all frames are shown in a row.
for (const film of document.querySelectorAll(".film")) {
  const frames = [...film.querySelectorAll("img")];
  const slider = film.querySelector("input");
  const step = film.querySelector("output");
  const show = (index) => {
    frames.forEach((frame, at) => frame.classList.toggle("on", at === index));
    if (step) step.textContent = frames[index].dataset.step;
  };
  film.classList.add("live");
  show(frames.length - 1);
  if (slider) slider.addEventListener("input", () => show(Number(slider.value)));
}
// Charts: the values at the pointer.
for (const chart of document.querySelectorAll(".chart")) {
  const { width, left, right, last, lines } = JSON.parse(chart.dataset.readings);
  const plot = chart.querySelector(".plot");
  const note = plot.querySelector("output");
  const nearest = (points, step) => points.reduce(
    (best, point) => Math.abs(point[0] - step) < Math.abs(best[0] - step) ? point : best);
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    const x = (event.clientX - box.left) * width / box.width;
    const step = Math.round(Math.min(Math.max((x - left) / (right - left), 0), 1) * last);
    note.replaceChildren();
    const head = document.createElement("b");
    head.textContent = `${chart.dataset.step} ${step}`;
    note.append(head);
    lines.forEach((line, index) => {
      if (!line.points.length) return;
      const row = document.createElement("div");
      const dot = document.createElement("i");
      dot.style.background = `var(--line-${index})`;
      row.append(dot, `${line.label} ${nearest(line.points, step)[1]}`);
      note.append(row);
    });
    note.classList.add("on");
    const onRight = x > width / 2;
    note.style.left = onRight ? "" : `${event.clientX - box.left + 14}px`;
    note.style.right = onRight ? `${box.right - event.clientX + 14}px` : "";
  });
  plot.addEventListener("pointerleave", () => note.classList.remove("on"));
}
