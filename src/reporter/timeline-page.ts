import { formatDuration } from './format-duration.ts'
import type { Bar, Step, Timeline, TimelineRow } from './timeline.ts'

/** Narrower bars than this share of the run are invisible and left out. */
const thinnest = 0.0005

/** One self-contained page: no script, no reference to any other file or server. */
export function formatTimelinePage(timeline: Timeline): string {
  const title = `kmesos ${timeline.verb}, ${new Date(timeline.from).toISOString()}`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title><style>${style}</style></head><body>
<h1>${escape(title)}</h1>
<p>${escape(formatDuration(timeline.to - timeline.from))} in all.
${legend()}</p>
<h2>Critical path</h2>
<ol>${timeline.criticalPath.map(stepItem).join('\n')}</ol>
<h2>Who did what, who waited</h2>
<div class="chart">${axis(timeline)}
${timeline.rows.map((row) => rowLine(row, timeline)).join('\n')}
</div></body></html>
`
}

const style = `
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }
body { margin: 2em auto; max-width: 90em; padding: 0 1em } h1 { font-size: 1.3em } h2 { font-size: 1.1em }
.row { display: flex; gap: .6em; align-items: center; border-bottom: 1px solid #8883 }
.name { flex: 0 0 16em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.bars { position: relative; flex: 1; height: 1.4em } .bars i { position: absolute; top: .2em; bottom: .2em; min-width: 1px }
.bars span { position: absolute; font-size: .8em; opacity: .7 }
.group-service .name { font-style: italic }
.ok { background: #7a9 } .changed { background: #d90 } .failed { background: #c33 }
.waiting { background: repeating-linear-gradient(45deg, #99a, #99a 3px, #ccd 3px, #ccd 6px) } .running { background: #48c } .phase { background: #667 }
.key { display: inline-block; width: 1em; height: .8em; margin: 0 .3em 0 1em }
`

function legend(): string {
  const words: readonly Bar['kind'][] = ['ok', 'changed', 'failed', 'waiting', 'running']
  return words.map((word) => `<span class="key ${word}"></span>${word}`).join('')
}

function stepItem(step: Step): string {
  const took = formatDuration(step.to - step.from)
  const label = step.label === step.name ? '' : `: ${escape(step.label)}`
  return `<li><b>${escape(step.name)}</b>${label} <small>${took}</small></li>`
}

function axis(timeline: Timeline): string {
  const total = timeline.to - timeline.from
  const marks = [0, 0.25, 0.5, 0.75].map(
    (share) => `<span style="left:${share * 100}%">${formatDuration(total * share)}</span>`,
  )
  return `<div class="row"><div class="name"></div><div class="bars">${marks.join('')}</div></div>`
}

function rowLine(row: TimelineRow, timeline: Timeline): string {
  const bars = row.bars.map((bar) => barMark(bar, timeline)).join('')
  const name = escape(row.name)
  return `<div class="row group-${row.group}"><div class="name" title="${name}">${name}</div><div class="bars">${bars}</div></div>`
}

function barMark(bar: Bar, timeline: Timeline): string {
  const total = Math.max(1, timeline.to - timeline.from)
  const width = (bar.to - bar.from) / total
  if (width < thinnest) return ''
  const left = ((bar.from - timeline.from) / total) * 100
  const text = `${bar.label}: ${formatDuration(bar.to - bar.from)}`
  return `<i class="${bar.kind}" style="left:${left.toFixed(2)}%;width:${(width * 100).toFixed(2)}%" title="${escape(text)}"></i>`
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
