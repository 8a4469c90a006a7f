import { layersOf } from '../kernel/graph.ts'
import { printRequirement } from '../start-spec/requirement.ts'
import { criticalPath, graphOf, type GraphStep } from './graph.ts'

export const graphFormats = ['text', 'mermaid', 'dot', 'json'] as const
export type GraphFormat = (typeof graphFormats)[number]

/** The dependency graph of services, for people or for other programs. Steps of the critical path are marked. */
export function formatGraph(steps: readonly GraphStep[], format: GraphFormat): string {
  const critical = criticalPath(graphOf(steps))
  switch (format) {
    case 'text':
      return formatText(steps, critical)
    case 'mermaid':
      return formatMermaid(steps, critical)
    case 'dot':
      return formatDot(steps, critical)
    case 'json':
      return formatJson(steps, critical)
  }
}

/** Layers: everything in a layer can go on at the same time once the layers above are over. */
function formatText(steps: readonly GraphStep[], critical: readonly string[]): string {
  const byId = new Map(steps.map((step) => [step.id, step]))
  const lines = layersOf(graphOf(steps)).flatMap((layer, index) => [
    `${index + 1}.`,
    ...layer.map((id) => {
      const needs = (byId.get(id)?.requires ?? []).map(printRequirement)
      const mark = critical.includes(id) ? '*' : ' '
      return `  ${mark} ${id}${needs.length > 0 ? `  <- ${needs.join(', ')}` : ''}`
    }),
  ])
  return [...lines, `critical path (*), ${critical.length} steps: ${critical.join(' -> ')}`, ''].join('\n')
}

interface Edge {
  readonly from: string
  readonly to: string
  readonly local: boolean
}

function edgesOf(steps: readonly GraphStep[]): readonly Edge[] {
  return steps.flatMap((step) => [
    ...(step.after === undefined ? [] : [{ from: step.after, to: step.id, local: true }]),
    ...step.requires.map((requirement) => ({
      from: `${requirement.service}/${requirement.command}`,
      to: step.id,
      local: requirement.scope === 'host',
    })),
  ])
}

function formatMermaid(steps: readonly GraphStep[], critical: readonly string[]): string {
  const name = (id: string): string => id.replaceAll(/[^A-Za-z0-9]/g, '_')
  const nodes = steps.map((step) => `  ${name(step.id)}["${step.id}"]`)
  const edges = edgesOf(steps).map(
    (edge) => `  ${name(edge.from)} ${edge.local ? '-.->' : '-->'} ${name(edge.to)}`,
  )
  const marked = critical.length > 0 ? [`  class ${critical.map(name).join(',')} critical`] : []
  return ['flowchart LR', ...nodes, ...edges, '  classDef critical stroke-width:3px', ...marked, ''].join(
    '\n',
  )
}

function formatDot(steps: readonly GraphStep[], critical: readonly string[]): string {
  const nodes = steps.map((step) => `  "${step.id}"${critical.includes(step.id) ? ' [penwidth=3]' : ''};`)
  const edges = edgesOf(steps).map(
    (edge) => `  "${edge.from}" -> "${edge.to}"${edge.local ? ' [style=dashed]' : ''};`,
  )
  return ['digraph kmesos {', '  rankdir=LR;', ...nodes, ...edges, '}', ''].join('\n')
}

function formatJson(steps: readonly GraphStep[], critical: readonly string[]): string {
  const listed = steps.map((step) => ({
    id: step.id,
    service: step.service,
    ...(step.after === undefined ? {} : { after: step.after }),
    requires: step.requires.map(printRequirement),
  }))
  return `${JSON.stringify({ steps: listed, criticalPath: critical }, undefined, 2)}\n`
}
