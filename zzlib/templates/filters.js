"use strict";
// A table of commitments by state, field and office: rows that do not fit are hidden, and clauses left without a row.
(() => {
  for (const form of document.querySelectorAll("form[data-filters]")) {
    const table = form.parentElement.querySelector("table");
    const rows = [...table.querySelectorAll("tr[data-state]")];
    const output = form.querySelector("output");
    const show = () => {
      const chosen = [...form.querySelectorAll("select")].filter((one) => one.value);
      for (const row of rows) {
        row.hidden = !chosen.every((one) => row.dataset[one.name].split(" ").includes(one.value));
      }
      for (const body of table.tBodies) {
        body.hidden = ![...body.querySelectorAll("tr[data-state]")].some((row) => !row.hidden);
      }
      output.textContent = `${rows.filter((row) => !row.hidden).length} / ${rows.length} ${output.dataset.shown}`;
    };
    form.addEventListener("change", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    show();
  }
})();
