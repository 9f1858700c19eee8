(() => {
  "use strict";
  const names = new Map([...document.querySelectorAll(".sets dt")].map(each => [each.id, each.nextElementSibling.textContent]));
  const rows = [...document.querySelectorAll("tbody tr")].map(row => {
    const sets = [...row.querySelectorAll("a")].map(link => names.get(link.hash.slice(1)) || "");
    return [row, [row.textContent, ...sets].join(" ").toLowerCase()];
  });
  const field = document.getElementById("filter");
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every(word => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    document.getElementById("count").textContent = words.length ? `${shown} of ${rows.length} rows` : "";
  };
  field.addEventListener("input", filter);
  document.querySelector(".filter").hidden = false;
  for (const head of document.querySelectorAll("thead th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = head.closest("table").tBodies[0];
      const key = row => row.cells[head.cellIndex].textContent;
      const sorted = [...body.rows].sort((one, other) => key(one).localeCompare(key(other), "en", { numeric: true }));
      body.append(...(down ? sorted.reverse() : sorted));
    });
  }
})();
