import { mkdirSync, mkdtempSync, cpSync, writeFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadInventory } from '../../src/inventory/load-inventory.ts'
import { selectHosts } from '../../src/inventory/patterns.ts'
import type { Inventory, Vars } from '../../src/inventory/types.ts'
import { createWords } from '../../src/modules/docker-container/run-words.ts'
import type { ContainerParams } from '../../src/modules/docker-container/types.ts'
import { loadContent } from '../../src/modules/load-content.ts'
import { prepareUnit, type Unit } from '../../src/phases/play-unit.ts'
import { itemValues, loopItems } from '../../src/playbook/loop-items.ts'
import { stepsOfPlay, type Step } from '../../src/playbook/flatten.ts'
import { loadPlaybook } from '../../src/playbook/load-playbook.ts'
import type { Play, Playbook } from '../../src/playbook/types.ts'
import { contextFor } from '../../src/playbook/variables.ts'
import type { TemplateContext } from '../../src/templates/scope.ts'
import { matchesGolden } from '../support/golden.ts'

const content = loadContent()

interface Site {
  readonly playbook: Playbook
  readonly inventory: Inventory
  readonly extraVars: Vars
}

interface Place {
  readonly play: Play
  readonly step: Step
}

/** bootstrap/ beside a dist/ of the test's own, so that the unit tests need no build. */
async function inSite(
  inventory: readonly string[],
  extraVars: Vars,
  work: (site: Site) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kmesos-site-'))
  try {
    cpSync('bootstrap', join(folder, 'bootstrap'), {
      recursive: true,
      filter: (file) => !file.includes('images'),
    })
    mkdirSync(join(folder, 'dist'))
    writeFileSync(
      join(folder, 'dist/start-agent.json'),
      '{"digest":"0123456789abcdef","file":"start-agent-0123456789abcdef.tar.gz"}\n',
    )
    writeFileSync(join(folder, 'dist/start-agent-0123456789abcdef.tar.gz'), 'archive')
    const playbook = loadPlaybook(join(folder, 'bootstrap/site.yml'))
    work({ playbook, inventory: await loadInventory(inventory, { extraVars }), extraVars })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function contextIn(site: Site, { play, step }: Place, host: string, values?: Vars): TemplateContext {
  const valuesOf = (name: string): Parameters<typeof contextFor>[0] | undefined => {
    const found = site.inventory.hosts.get(name)
    return found && { host: found, facts: undefined, setFacts: {}, registered: {} }
  }
  const own = valuesOf(host)
  if (!own) throw new Error(`no host ${host}`)
  const layer = values === undefined ? [] : [{ file: 'loop', lines: {}, vars: values }]
  return contextFor(own, {
    ...site,
    play,
    role: step.scope,
    stepVars: [...step.keywords.vars, ...layer],
    check: false,
    playHosts: () => [...site.inventory.hosts.keys()],
    valuesOf,
    readLocal: (file) => content.read(file).toString('utf8'),
  })
}

/** Every task of the site on every host of its play, rendered; skipped ones left out. */
function renderSite(
  site: Site,
): readonly { readonly play: string; readonly host: string; readonly unit: Unit }[] {
  return site.playbook.plays.flatMap((play) => {
    const selected = selectHosts(site.inventory, play.hosts)
    assert.ok('hosts' in selected, JSON.stringify(selected))
    return ('hosts' in selected ? selected.hosts : []).flatMap((host) =>
      stepsOfPlay(play, site.playbook).flatMap((step) =>
        unitsOf(site, play, step, host.name).map((unit) => ({ play: play.name, host: host.name, unit })),
      ),
    )
  })
}

function unitsOf(site: Site, play: Play, step: Step, host: string): readonly Unit[] {
  const { node } = step
  if (node.kind !== 'task') return []
  const environment = {
    host,
    hostVars: () => ({}),
    isLocal: false,
    playbook: site.playbook,
    playFile: play.file,
    content,
    check: false,
    diff: false,
  }
  const items = loopItems(node, contextIn(site, { play, step }, host))
  const values = items?.map((item, index) => itemValues(node, item, index)) ?? [undefined]
  return values.flatMap((each) => {
    const unit = prepareUnit(step, contextIn(site, { play, step }, host, each), environment)
    return 'skipped' in unit ? [] : [unit]
  })
}

/** One paragraph per container: `docker create` as it would be called, a word a line. */
function containersOf(site: Site): string {
  const seen = new Map<string, string>()
  for (const { host, unit } of renderSite(site)) {
    if (unit.module.name !== 'docker_container') continue
    const params = unit.params as ContainerParams
    seen.set(`${host} ${params.name}`, createWords(params, 'DIGEST').join('\n  '))
  }
  return [...seen]
    .sort()
    .map(([name, words]) => `${name}\n  ${words}\n`)
    .join('\n')
}

const kmesosAddress = { kmesos_address: '192.0.2.10' }

test('the site renders for the all-in-one inventory with the embedded engine', async () => {
  await inSite(['inventory/all-in-one'], kmesosAddress, (site) => {
    matchesGolden('bootstrap/all-in-one-embedded.txt', containersOf(site))
  })
})

test('the site renders for the all-in-one inventory with the real Mesos and Marathon', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kmesos-inventory-'))
  try {
    writeFileSync(join(folder, 'hosts'), '[mesos-master]\naio\n')
    await inSite(
      ['inventory/all-in-one', join(folder, 'hosts')],
      { ...kmesosAddress, engine: 'mesos' },
      (site) => {
        matchesGolden('bootstrap/all-in-one-mesos.txt', containersOf(site))
      },
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('the site renders for the multinode inventory, from a registry mirror', async () => {
  await inSite(['inventory/multinode'], { image_registry: 'registry.example:5000' }, (site) => {
    matchesGolden('bootstrap/multinode-mesos.txt', containersOf(site))
  })
})

test('the embedded engine refuses more than one machine, with the numbers', async () => {
  await inSite(['inventory/multinode'], { engine: 'embedded' }, (site) => {
    const refusal = renderSite(site).find(({ unit }) => unit.module.name === 'assert')
    assert.ok(refusal)
    const plan = refusal?.unit.module.plan(refusal.unit.params, undefined, refusal.unit.moduleContext)
    assert.is(plan?.failed, true)
    assert.match(plan?.message ?? '', /3 in marathon and\s+6 in mesos-slave/)
  })
})

test('quorum is the majority of the masters, and ZooKeeper ids are unique', async () => {
  await inSite(['inventory/multinode'], {}, (site) => {
    const text = containersOf(site)
    assert.is(text.match(/--quorum=2/g)?.length, 3)
    assert.equal(
      [...text.matchAll(/ZOO_MY_ID=(\d)/g)].map((found) => found[1]),
      ['1', '2', '3'],
    )
  })
})

test.run()
