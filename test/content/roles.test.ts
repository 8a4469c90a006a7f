import { existsSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { appProblems } from '../../src/marathon/validate-app.ts'
import { loadRoles } from '../../src/roles/load-roles.ts'
import { digestContext } from '../../src/services/container-context.ts'
import { formatGraph } from '../../src/services/format-graph.ts'
import { stepsOf } from '../../src/services/graph.ts'
import type { BuiltService, Composition } from '../../src/services/types.ts'
import { parseStartSpec } from '../../src/start-spec/parse.ts'
import { renderText } from '../../src/templates/render.ts'
import { composeReal } from '../services/sample-site.ts'
import { matchesGolden } from './golden.ts'

const sources = await loadRoles('.')
const one = await composeReal()
const three = await composeReal({ hosts: { c1: '10.0.0.1', c2: '10.0.0.2', c3: '10.0.0.3' } })
const registry = await composeReal({ vars: { image_source: 'registry' } })

/** The files of a service as they would stand in its container, placeholders for what only the container knows. */
function renderedFiles(service: BuiltService, composition: Composition): Readonly<Record<string, string>> {
  const services = new Map([...composition.services].map(([name, each]) => [name, each.definition]))
  const context = digestContext(service.definition, {
    site: composition.site,
    partials: sources.partials,
    services,
    placeholder: (secret) => `{secret ${secret}}`,
  })
  return Object.fromEntries(
    service.spec.files.map((file) => [
      file.dest,
      renderText(service.files[file.name] ?? '', context, { file: file.name }),
    ]),
  )
}

test('every service of every role is as its golden file says', () => {
  for (const [name, service] of one.services) {
    const { spec, app } = service
    matchesGolden(`roles/${name}.json`, `${JSON.stringify({ spec, app }, undefined, 2)}\n`)
    const files = Object.entries(renderedFiles(service, one)).map(
      ([dest, text]) => `==> ${dest} <==\n${text}`,
    )
    if (files.length > 0) matchesGolden(`roles/${name}.files.txt`, files.join('\n'))
  }
})

test('the apps on three controllers and with images of a registry are as their golden files say', () => {
  const apps = (composition: Composition): string =>
    `${JSON.stringify(
      [...composition.services.values()].map((service) => service.app),
      undefined,
      2,
    )}\n`
  matchesGolden('roles/apps-three-controllers.json', apps(three))
  matchesGolden('roles/apps-registry.json', apps(registry))
})

test('the dependency graph is as its golden file says', () => {
  const steps = stepsOf([...one.services.values()].map((service) => service.definition))
  matchesGolden('roles/graph.txt', formatGraph(steps, 'text'))
})

test('every start spec is one that kmesos-start accepts', () => {
  for (const composition of [one, three, registry]) {
    for (const [name, service] of composition.services) {
      assert.ok('value' in parseStartSpec(JSON.stringify(service.spec), name), name)
    }
  }
})

test('every app is one that Marathon accepts', () => {
  for (const composition of [one, three, registry]) {
    assert.equal(appProblems([...composition.services.values()].map((service) => service.app)), [])
  }
})

test('every role is in a profile, and every variable of a role is named after it', () => {
  const profiles = sources.profiles?.text ?? ''
  for (const role of sources.roles) {
    assert.match(profiles, new RegExp(`\\b${role.name}\\b`))
    const names = [...(role.defaults?.text ?? '').matchAll(/^([A-Za-z]\w*):/gm)].map(
      (found) => found[1] ?? '',
    )
    assert.equal(
      names.filter((name) => !name.startsWith(`${role.name.replaceAll('-', '_')}_`)),
      [],
    )
  }
})

test('every template and every partial is used', () => {
  const texts = sources.roles.flatMap((role) => [role.service.text, ...Object.values(role.templates)])
  for (const role of sources.roles) {
    const used = role.service.text
    for (const name of Object.keys(role.templates)) assert.ok(used.includes(name), `${role.name}/${name}`)
  }
  for (const name of Object.keys(sources.partials)) {
    assert.ok(
      texts.some((text) => text.includes(`include('${name}'`)),
      `templates/${name}.ejs is used by no role`,
    )
  }
})

test('a local image is one that bootstrap/images builds', () => {
  for (const { app } of one.services.values()) {
    const name = /^kmesos\/([a-z0-9-]+):local$/.exec(app.container?.docker?.image ?? '')?.[1]
    assert.ok(name !== undefined && existsSync(`bootstrap/images/${name}/Dockerfile`), app.id)
  }
})

test.run()
