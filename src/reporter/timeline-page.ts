import { createHash } from 'node:crypto'
import { formatDuration } from './format-duration.ts'
import { printable } from './screen-text.ts'
import { timelineScript } from './timeline-script.ts'
import { timelineStyle } from './timeline-style.ts'
import type { Bar, Step, Timeline, TimelineRow } from './timeline.ts'
import type { TaskSummary } from './timeline-tasks.ts'

/** Narrower bars than this share of the run are invisible; they are left out unless something failed. */
const thinnest = 0.0003

/**
 * One self-contained page that opens from a file: no reference to any other file or server, and a policy that lets the browser
 * load nothing and run no script but this one.
 */
export function formatTimelinePage(timeline: Timeline): string {
  const title = `kmesos ${timeline.verb}, ${new Date(timeline.from).toISOString()}`
  const hash = createHash('sha256').update(timelineScript).digest('base64')
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${timelineStyle}</style></head><body>
<h1>${escape(title)}</h1>
<p>${escape(formatDuration(timeline.to - timeline.from))} in all, ${rowCounts(timeline)}.</p>
<h2>Critical path</h2>
${criticalPath(timeline.criticalPath)}
${taskTable(timeline.tasks)}
<h2>Who did what, who waited</h2>
${controls}
<div id="chart"><div id="inner"><div class="row axis"><div class="name"></div><div class="bars" id="axis"></div></div>
<div id="rows"></div></div></div>
<p><button id="more" hidden></button></p><p id="told" role="status"></p>
<noscript><p>The bars are drawn by a script of this page; your browser runs none.</p></noscript>
<script type="application/json" id="data">${dataOf(timeline)}</script>
<script>${timelineScript}</script></body></html>
`
}

const kinds: readonly Bar['kind'][] = ['ok', 'changed', 'failed', 'waiting', 'running', 'phase']

const controls = `<p class="controls"><label>Filter <input id="filter" type="search" placeholder="host, service or task ( / )"></label>
<label>Show <select id="show"><option value="all">all</option><option value="failed">failed</option><option value="changed">changed</option></select></label>
<label>Order <select id="order"><option value="run">as they began</option><option value="slowest">slowest first</option><option value="name">by name</option></select></label>
<span><button id="out" title="zoom out ( - )">−</button> <button id="in" title="zoom in ( + ), 0: all">+</button></span> <span id="count"></span></p>
<p class="legend">${kinds.map((kind) => `<span class="key ${kind}"></span>${kind}`).join(' ')}</p>`

function rowCounts({ rows }: Timeline): string {
  const count = (group: TimelineRow['group']): number => rows.filter((row) => row.group === group).length
  const parts = [
    [count('host'), 'hosts'],
    [count('service'), 'services'],
  ] as const
  return parts.map(([number, word]) => `${number} ${word}`).join(', ')
}

const mostSteps = 40

function criticalPath(steps: readonly Step[]): string {
  const longest = [...steps].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, mostSteps)
  const shown = steps.filter((step) => longest.includes(step))
  const rest = steps.length - shown.length
  const more = rest > 0 ? `\n<li class="rest">and ${rest} shorter steps</li>` : ''
  return `<ol id="path">${shown.map(stepItem).join('\n')}${more}</ol>`
}

function stepItem(step: Step): string {
  const took = formatDuration(step.to - step.from)
  const label = step.label === step.name ? '' : `: ${escape(step.label)}`
  return `<li class="${step.kind}"><b>${escape(step.name)}</b>${label} <small>${took}</small></li>`
}

const mostTasks = 20

/** Which task took long, and on which host far longer than on the others. */
function taskTable(tasks: readonly TaskSummary[]): string {
  if (tasks.length === 0) return ''
  const heads = ['task', 'hosts', 'changed', 'failed', 'median', 'slowest'].map((head) => `<th>${head}</th>`)
  return `<h2>Slowest tasks</h2>
<div class="wide"><table id="tasks"><tr>${heads.join('')}</tr>
${tasks.slice(0, mostTasks).map(taskLine).join('\n')}</table></div>`
}

function taskLine(task: TaskSummary): string {
  const factor = task.medianMs > 0 ? Math.round(task.slowestMs / task.medianMs) : 0
  const slower = factor >= 3 ? ` (${factor}x)` : ''
  const cells = [
    escape(task.task),
    task.hosts,
    task.changed,
    task.failed,
    formatDuration(task.medianMs),
    `${formatDuration(task.slowestMs)} on ${escape(task.slowestHost)}${slower}`,
  ]
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
}

/** Labels once each, bars as [label, from, length, kind]; `<` cannot end the element that holds it. */
function dataOf({ from, to, rows }: Timeline): string {
  const labels = new Map<string, number>()
  const indexOf = (label: string): number => {
    const known = labels.get(label) ?? labels.size
    labels.set(label, known)
    return known
  }
  const shortest = (to - from) * thinnest
  const compact = rows.map((row) => ({
    name: printable(row.name),
    group: row.group,
    bars: row.bars
      .filter((bar) => bar.to - bar.from >= shortest || bar.kind === 'failed')
      .map((bar) => [
        indexOf(printable(bar.label)),
        bar.from - from,
        bar.to - bar.from,
        kinds.indexOf(bar.kind),
      ]),
  }))
  const text = JSON.stringify({ from, to, labels: [...labels.keys()], rows: compact })
  return text.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

function escape(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
