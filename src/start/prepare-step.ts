import type { StartSpec } from '../start-spec/types.ts'
import { until } from './changes.ts'
import type { Config } from './config-source.ts'
import type { Container } from './container.ts'
import { placedFile, type FileContent } from './launch.ts'
import { Renderer } from './rendering.ts'
import { writeRendered } from './write-file.ts'

/**
 * A renderer whose registrations have been read: whatever a text asks for by `service('x')` is watched from then on, and
 * rendered again after it has been read for the first time.
 */
export async function renderForStep(container: Container, config: Config, step: string): Promise<Renderer> {
  for (;;) {
    const renderer = new Renderer(config, container.identity, container.view.registry)
    renderAll(renderer, config.spec, step)
    const unread = [...renderer.asked].filter((name) => !container.view.registry.has(name))
    if (unread.length === 0) return renderer
    for (const name of unread) container.view.askRegistry(name)
    const read = (): true | undefined =>
      unread.every((name) => container.view.registry.has(name)) ? true : undefined
    await until([container.view.changes], read, container.signal)
  }
}

export function renderFiles(renderer: Renderer, spec: StartSpec): readonly FileContent[] {
  return spec.files.map((file) => ({ spec: file, content: renderer.file(file) }))
}

/** Renders and writes the files to their places; with strategy kolla that is kolla_start's work. Returns what changed. */
export async function writeFiles(
  container: Container,
  config: Config,
  step: string,
): Promise<readonly string[]> {
  const renderer = await renderForStep(container, config, step)
  if (config.spec.strategy === 'kolla') return []
  const changed: string[] = []
  for (const file of renderFiles(renderer, config.spec)) {
    const placed = placedFile(file, container.accounts)
    if (await writeRendered(placed)) changed.push(placed.dest)
  }
  if (changed.length > 0) container.log(step, `wrote ${changed.join(', ')}`)
  return changed
}

/** Everything that the step will render, so that all of its questions are known. */
function renderAll(renderer: Renderer, spec: StartSpec, step: string): void {
  renderFiles(renderer, spec)
  const command =
    spec.commands.find((candidate) => candidate.name === step) ??
    (step === 'daemon' ? spec.daemon : undefined)
  if (!command) return
  renderer.words(command.command, step)
  renderer.environment(command.environment, step)
  if ('stdin' in command && command.stdin !== undefined) renderer.input(command.stdin, step)
}
