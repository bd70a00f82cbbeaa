// On a narrow window the rows of a table stand as cards (liman.css): each cell says there which column it is.
export const nameCells = (root) => {
  for (const table of root.querySelectorAll(".table-box table")) {
    const names = [...(table.tHead?.rows[0]?.cells ?? [])].map((head) => head.textContent.replace(/[↑↓]/g, "").trim());
    for (const cell of table.querySelectorAll("tbody td")) if (names[cell.cellIndex]) cell.dataset.column = names[cell.cellIndex];
  }
};

nameCells(document);
