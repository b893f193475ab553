"use strict";
// What a researcher takes from a page: each table for a spreadsheet, each figure's numbers as a file.
(() => {
  const words = document.currentScript.dataset;

  const button = (text, after, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "tool";
    made.textContent = text;
    made.addEventListener("click", () => act(made));
    after.after(made);
  };

  // A cell's lines become one, so that a row stays a row.
  const told = (cell) => cell.innerText.trim().replace(/\s+/g, " ");
  const rows = (table) => [...table.rows].map((row) => [...row.cells].map(told).join("\t")).join("\n");

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea"); // a page opened from a disk may not reach the clipboard
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };

  const quoted = (cell) => {
    const text = cell === null || cell === undefined ? "" : String(cell).replaceAll("<br>", " ");
    const safe = typeof cell === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };

  // Plotly keeps what it was given in `data`; entries of the legend alone carry no number.
  const points = (trace) => {
    const { name = "", x = [], y = [], z, text } = trace;
    if (z) return z.flatMap((row, i) => row.map((value, j) => [name, x[j], y[i], value, trace.text?.[i]?.[j]]));
    return Array.from(x, (at, i) => [name, at, y[i], "", Array.isArray(text) ? text[i] : text]);
  };
  const table = (figure) =>
    [words.heads.split(","), ...(figure.data ?? []).flatMap(points).filter((row) => row[1] !== null && row[2] !== null)]
      .map((row) => row.map(quoted).join(","))
      .join("\r\n");

  for (const one of document.querySelectorAll(".output table")) {
    button(words.copy, one, async (made) => {
      await copied(rows(one));
      made.textContent = words.copied;
      setTimeout(() => (made.textContent = words.copy), 2000);
    });
  }
  for (const one of document.querySelectorAll("figure")) {
    const figure = one.querySelector(".figure");
    button(words.download, one.querySelector("figcaption"), () => {
      // The mark before the text lets Excel read Chinese.
      const place = URL.createObjectURL(new Blob(["\ufeff", table(figure)], { type: "text/csv" }));
      const name = `${document.title}-${figure.id}.csv`;
      const link = Object.assign(document.createElement("a"), { href: place, download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(place), 1000);
    });
  }
})();
