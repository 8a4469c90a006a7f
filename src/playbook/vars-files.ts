import { ConfigError } from '../kernel/errors.ts'
import { renderText } from '../templates/render.ts'
import { UndefinedVariable, type TemplateContext } from '../templates/scope.ts'
import type { VarsFile, VarsLayer } from './types.ts'

/** As if it came from a file that is there. */
export function alwaysThere(layer: VarsLayer): VarsFile {
  return {
    file: layer.file,
    line: 1,
    names: [layer.file],
    layers: new Map([[layer.file, layer]]),
    broken: new Map(),
  }
}

/**
 * The files of vars_files that count for one host, one for each entry. `contextOf` gives what their names may look at: all
 * that is weaker than them, and the entries before.
 */
export function chosenVarsFiles(
  entries: readonly VarsFile[],
  contextOf: (chosen: readonly VarsLayer[]) => TemplateContext,
): readonly VarsLayer[] {
  const chosen: VarsLayer[] = []
  for (const entry of entries) {
    const context = entry.names.some((name) => name.includes('<%')) ? contextOf(chosen) : {}
    const layer = firstOf(entry, context)
    if (layer) chosen.push(layer)
  }
  return chosen
}

function firstOf(entry: VarsFile, context: TemplateContext): VarsLayer | undefined {
  const paths: string[] = []
  for (const name of entry.names) {
    const path = pathOf(name, entry, context)
    // As in Ansible, an entry that looks at a name that nobody knows is left out.
    if (path === undefined) return undefined
    const layer = entry.layers.get(path)
    if (layer) return layer
    const fault = entry.broken.get(path)
    if (fault !== undefined) throw new ConfigError(fault)
    paths.push(path)
  }
  throw new ConfigError(`${entry.file}:${entry.line}: cannot find ${paths.join(' or ')}`)
}

function pathOf(name: string, entry: VarsFile, context: TemplateContext): string | undefined {
  if (!name.includes('<%')) return name
  try {
    return renderText(name, context, entry)
  } catch (error) {
    for (let each = error; each instanceof Error; each = each.cause)
      if (each instanceof UndefinedVariable) return undefined
    throw error
  }
}
