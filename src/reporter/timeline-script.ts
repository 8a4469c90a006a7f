/**
 * What makes timeline.html move: rows are made from the page's own data with text nodes only, so nothing that a host said
 * can become markup. Plain browser code, kept as text; a test opens it in a real browser.
 */
export const timelineScript = `'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const rowsBox = document.getElementById('rows'), filter = document.getElementById('filter');
const show = document.getElementById('show'), order = document.getElementById('order');
const chart = document.getElementById('chart'), told = document.getElementById('told'), count = document.getElementById('count');
const total = Math.max(1, data.to - data.from), kinds = ['ok', 'changed', 'failed', 'waiting', 'running', 'phase'];
const most = 60;
let zoom = 1, all = false;
const took = (ms) => ms < 9950 ? (ms / 1000).toFixed(1) + ' s' : ms < 60000 ? Math.round(ms / 1000) + ' s'
  : Math.floor(ms / 60000) + ' min ' + String(Math.round(ms / 1000) % 60).padStart(2, '0') + ' s';
const make = (tag, name, text) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
};
for (const row of data.rows) {
  row.failed = row.bars.some((bar) => bar[3] === 2);
  row.changed = row.bars.some((bar) => bar[3] === 1);
  row.busy = row.bars.reduce((sum, bar) => sum + bar[2], 0);
  row.end = row.bars.reduce((end, bar) => Math.max(end, bar[1] + bar[2]), 0);
  row.words = (row.name + '\\n' + [...new Set(row.bars.map((bar) => data.labels[bar[0]]))].join('\\n')).toLowerCase();
}
const barOf = (row, bar) => {
  const [label, from, length, kind] = bar, mark = make('i', kinds[kind]);
  mark.style.left = (from / total * 100).toFixed(3) + '%';
  mark.style.width = (length / total * 100).toFixed(3) + '%';
  mark.title = row.name + ': ' + data.labels[label] + ', ' + took(length) + ', ' + kinds[kind] + ', from ' + took(from);
  return mark;
};
const lineOf = (row) => {
  if (row.line) return row.line;
  const line = row.line = make('div', 'row group-' + row.group), bars = make('div', 'bars');
  const name = make('div', 'name' + (row.failed ? ' bad' : ''), row.name);
  name.title = row.name;
  line.tabIndex = 0;
  for (const bar of row.bars) bars.append(barOf(row, bar));
  line.append(name, bars);
  line.addEventListener('focus', () => { told.textContent = row.name + ': ' + row.bars.length + ' steps, ' + took(row.busy) + ' in all, ended at ' + took(row.end); });
  return line;
};
const orders = {
  run: () => 0,
  slowest: (a, b) => b.end - a.end || b.busy - a.busy,
  name: (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
};
const draw = () => {
  const words = filter.value.trim().toLowerCase();
  const wanted = data.rows.filter((row) => (row.group === 'phase' && !words)
    || (row.words.includes(words) && (show.value === 'all' || row[show.value])));
  const found = wanted.filter((row) => row.group !== 'phase').sort(orders[order.value]);
  const shown = [...wanted.filter((row) => row.group === 'phase'), ...(all ? found : found.slice(0, most))];
  rowsBox.replaceChildren(...shown.map(lineOf));
  const hidden = found.length - Math.min(found.length, all ? found.length : most);
  count.textContent = found.length + ' of ' + data.rows.filter((row) => row.group !== 'phase').length + ' rows';
  const more = document.getElementById('more');
  more.hidden = hidden === 0;
  more.textContent = 'show ' + hidden + ' more';
};
const axis = document.getElementById('axis');
const drawAxis = () => {
  const marks = Math.min(40, 4 * zoom);
  axis.replaceChildren(...Array.from({ length: marks }, (_, index) => {
    const mark = make('span', '', took(total * index / marks));
    mark.style.left = (index / marks * 100) + '%';
    return mark;
  }));
};
const zoomTo = (value) => {
  const middle = (chart.scrollLeft + chart.clientWidth / 2) / chart.scrollWidth;
  zoom = Math.min(64, Math.max(1, value));
  document.getElementById('inner').style.setProperty('--zoom', String(zoom));
  chart.scrollLeft = middle * chart.scrollWidth - chart.clientWidth / 2;
  drawAxis();
};
filter.addEventListener('input', draw);
show.addEventListener('change', draw);
order.addEventListener('change', draw);
document.getElementById('more').addEventListener('click', () => { all = true; draw(); });
document.getElementById('in').addEventListener('click', () => zoomTo(zoom * 2));
document.getElementById('out').addEventListener('click', () => zoomTo(zoom / 2));
rowsBox.addEventListener('click', (event) => { if (event.target.title) told.textContent = event.target.title; });
document.addEventListener('keydown', (event) => {
  if (event.target === filter) { if (event.key === 'Escape') { filter.value = ''; draw(); filter.blur(); } return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === 'SELECT') return;
  const row = document.activeElement && document.activeElement.closest('.row');
  if (event.key === '/') { filter.focus(); event.preventDefault(); }
  else if (event.key === '+' || event.key === '=') zoomTo(zoom * 2);
  else if (event.key === '-') zoomTo(zoom / 2);
  else if (event.key === '0') zoomTo(1);
  else if (row && event.key === 'ArrowDown') { (row.nextElementSibling || row).focus(); event.preventDefault(); }
  else if (row && event.key === 'ArrowUp') { (row.previousElementSibling || row).focus(); event.preventDefault(); }
});
draw();
drawAxis();
`
