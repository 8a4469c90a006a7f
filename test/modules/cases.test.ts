import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sha256 } from '../../src/kernel/digest.ts'
import { unknownWord } from '../../src/kernel/nearest.ts'
import { configDigest } from '../../src/modules/docker-container/run-words.ts'
import type { ContainerParams } from '../../src/modules/docker-container/types.ts'
import { parseParams } from '../../src/modules/params.ts'
import { moduleNamed } from '../../src/modules/registry.ts'
import type { AnyModule, ContentSource, LocalEntry, Module, ModuleContext } from '../../src/modules/types.ts'
import type { TaskPlan } from '../../src/plan/types.ts'
import { evaluate, renderText } from '../../src/templates/render.ts'

/** One case: what is wanted, what the host is like, what must be planned; `after` is the host once that was applied. */
interface Case {
  readonly params: Readonly<Record<string, unknown>>
  readonly observed: unknown
  readonly planned: Partial<Omit<TaskPlan, 'actions'>> & { readonly actions: unknown }
  readonly after?: unknown
  /** It acts each time by its nature. */
  readonly always?: boolean
  /** Local files by name. */
  readonly files?: Readonly<Record<string, string>>
}

const caseKeys = ['params', 'observed', 'planned', 'after', 'always', 'files']
const plannedKeys = ['changed', 'message', 'actions', 'touches', 'diff', 'failed', 'skipped', 'result']
const casesDir = 'test/cases/modules'
const sourceDir = 'src/modules'

const moduleFolders = readdirSync(sourceDir).filter((name) => statSync(join(sourceDir, name)).isDirectory())

function entriesBelow(folder: string, files: readonly string[]): readonly LocalEntry[] {
  return files
    .filter((name) => name.startsWith(`${folder}/`))
    .map((name) => name.slice(folder.length + 1))
    .flatMap((path): readonly LocalEntry[] => {
      const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : undefined
      return [
        ...(parent === undefined ? [] : [{ path: parent, kind: 'directory' as const }]),
        { path, kind: 'file' },
      ]
    })
}

function contextOf(files: Readonly<Record<string, string>>): ModuleContext {
  const variables = { inventory_hostname: 'h1', vars: {} }
  const text = (file: string): string => files[file] ?? ''
  const content: ContentSource = {
    read: (file) => Buffer.from(text(file)),
    exists: (file) => file in files,
    isDirectory: (file) => Object.keys(files).some((name) => name.startsWith(`${file}/`)),
    sha256: (file) => sha256(text(file)),
    sha1: (file) => createHash('sha1').update(text(file)).digest('hex'),
    forget: () => undefined,
    mode: () => '0640',
    list: (folder) => entriesBelow(folder, Object.keys(files)),
    size: (file) => text(file).length,
  }
  return {
    ...{ host: 'h1', check: false, diff: true, playFolder: '/play', content },
    find: (_folder, name) => name.replace(/\/$/, ''),
    render: (source, file) => renderText(source, variables, { file }),
    evaluate: (expression) => evaluate(expression, variables, { file: 'case' }),
  }
}

/** "@" in a container's label stands for the digest of its own params: cases need no hashes written by hand. */
function withDigest(value: unknown, module: string, params: unknown, observed: unknown): unknown {
  if (module !== 'docker_container') return value
  const { envFile } = observed as { envFile: string | null }
  const digest = configDigest(params as ContainerParams, envFile)
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll('"@"', `"${digest}"`)
      .replaceAll('kmesos.config=@', `kmesos.config=${digest}`),
  )
}

function runCase(name: string, given: Case): void {
  const module = moduleNamed(name) as AnyModule as unknown as Module<unknown, unknown>
  const parsed = parseParams(module.schema, given.params)
  assert.ok('params' in parsed, JSON.stringify(parsed))
  const params = 'params' in parsed ? parsed.params : {}
  const context = contextOf(given.files ?? {})
  const filled = (value: unknown): unknown => withDigest(value, name, params, given.observed)
  const plan = module.plan(params, filled(given.observed), context)
  for (const [key, wanted] of Object.entries(filled(given.planned) as object)) {
    if (key === 'actions' && wanted === 'any') assert.ok(plan.actions.length > 0, 'something must be planned')
    else assert.equal(plain(plan[key as keyof TaskPlan]), wanted, key)
  }
  if (plan.actions.length === 0 || given.always) return
  assert.ok('after' in given, 'a case that plans something must say what the host is like afterwards')
  const again = module.plan(params, filled(given.after), context)
  assert.equal(plain(again.actions), [], 'nothing must be planned the second time')
  assert.is(again.changed, false)
  assert.not(again.failed)
}

function plain(value: unknown): unknown {
  return value === undefined
    ? undefined
    : JSON.parse(
        JSON.stringify(value, (_key, each: unknown) =>
          isBuffer(each) ? Buffer.from(each.data).toString('utf8') : each,
        ),
      )
}

function isBuffer(value: unknown): value is { readonly type: 'Buffer'; readonly data: readonly number[] } {
  return value !== null && typeof value === 'object' && 'type' in value && value.type === 'Buffer'
}

for (const folder of moduleFolders) {
  // Files are kebab-case; names of modules are Ansible's.
  const name = folder.replaceAll('-', '_')
  test(`${folder} keeps the contract of a module`, () => {
    const module = moduleNamed(name)
    assert.ok(module, `src/modules/${folder} is not in registry.ts`)
    assert.is(module?.name, name)
    assert.match(module?.summary ?? '', /^[a-z][^.]+$/)
    for (const [key, param] of Object.entries(module?.schema.params ?? {})) {
      assert.match(key, /^[a-z][a-z_]*$/)
      if (param.choices && param.default !== undefined)
        assert.ok(param.choices.includes(String(param.default)))
    }
    const unknown = parseParams(module?.schema ?? { params: {} }, { no_such_param: 1 })
    assert.ok(module?.schema.open || 'faults' in unknown, 'unknown params are refused')
  })

  const files = readdirSync(join(casesDir, folder), { withFileTypes: true }).filter((file) =>
    file.name.endsWith('.json'),
  )
  test(`${folder} has cases`, () => assert.ok(files.length > 0))
  for (const file of files) {
    test(`${folder} ${file.name.replace('.json', '').replaceAll('-', ' ')}`, () => {
      const given = JSON.parse(readFileSync(join(casesDir, folder, file.name), 'utf8')) as Case
      for (const key of Object.keys(given))
        assert.ok(caseKeys.includes(key), unknownWord('key', key, caseKeys))
      for (const key of Object.keys(given.planned))
        assert.ok(plannedKeys.includes(key), unknownWord('key', key, plannedKeys))
      runCase(name, given)
    })
  }
}

test('every case belongs to a module', () => {
  for (const folder of readdirSync(casesDir))
    assert.ok(moduleFolders.includes(folder), unknownWord('module', folder, moduleFolders))
})

test.run()
