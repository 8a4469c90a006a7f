import { formatDuration } from '../../src/reporter/format-duration.ts'
import type { DoneStep } from './run-steps.ts'
import { openrcFile } from './steps.ts'
import type { AioSettings } from './settings.ts'
import { inventoryWords } from './write-config.ts'

export interface EndView {
  readonly settings: AioSettings
  readonly logFile: string
  readonly totalMs: number
}

/** What `npm run aio` ends with: how long each step took, where things are, and how to go on by hand. */
export function formatEnd(done: readonly DoneStep[], { settings, logFile, totalMs }: EndView): string {
  const inventory = inventoryWords(settings).join(' ')
  const changed = done.filter((step) => step.changed)
  const summary =
    changed.length === 0 ? 'nothing changed' : `changed: ${changed.map((step) => step.title).join(', ')}`
  const width = Math.max(...done.map((step) => step.title.length))
  return [
    '',
    ...done.map(
      (step) => `  ${step.title.padEnd(width)}  ${formatDuration(step.ms).padStart(12)}  ${step.note}`,
    ),
    '',
    `${summary} (${formatDuration(totalMs)} in all)`,
    '',
    `  Keystone  ${done.at(-1)?.note ?? ''}`,
    `  openrc    ${openrcFile(settings)}`,
    `  log       ${logFile}`,
    '',
    'Go on by hand:',
    `  export KMESOS_INVENTORY=${inventory.replace(/^-i /, '').replaceAll(' -i ', ',')}`,
    `  export KMESOS_PASSWORDS=${settings.folder}/passwords.yml`,
    '  node dist/kmesos.js status',
    '  node dist/kmesos.js why keystone-api',
    '  node dist/kmesos.js logs keystone-api',
    "  node dist/kmesos.js exec all 'docker ps'",
    '  npm run aio -- down',
    '',
  ].join('\n')
}
