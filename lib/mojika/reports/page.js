"use strict";
// Tables: a click on a column's name sorts by it, what is typed above finds rows.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent;
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const rising = head.getAttribute("aria-sort") === "descending" || (!head.ariaSort && head.classList.contains("text"));
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const rows = [...body.rows];
      const numbers = !head.classList.contains("text");
      const compare = (a, b) => (numbers ? value(a, column) - value(b, column) : value(a, column).localeCompare(value(b, column)));
      body.append(...rows.sort((a, b) => (rising ? compare(a, b) : compare(b, a))));
    });
  });
  const search = document.getElementById(table.dataset.search);
  search?.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
