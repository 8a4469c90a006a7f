import { writeFile } from 'node:fs/promises'
import { allCases, recordingsFile } from './all-cases.ts'
import { AnsibleOracle } from './ansible-oracle.ts'
import { withCase } from './inventory-case.ts'

// Records what Debian's Ansible says of every case: `node --import tsx test/inventory/support/record-cases.ts`.
const oracle = await AnsibleOracle.open()
const lines: string[] = []
for (const one of allCases) {
  await withCase(one, async ({ question }) => {
    const { value, error } = await oracle.inventory(question)
    if (!value) console.error(`${one.name}: ${error}`)
    const { list, flat, graph } = value ?? {}
    if (!one.liveOnly) lines.push(JSON.stringify({ name: one.name, list, flat, graph }))
  })
}
await oracle.close()
await writeFile(recordingsFile, `${lines.join('\n')}\n`)
console.log(`${lines.length} cases recorded`)
