import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '../../lab/run-command.ts'

/** What the web server gives away by path: some bytes, and an archive of small Debian packages for `apt`. */
export async function caseFiles(): Promise<ReadonlyMap<string, Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-debs-'))
  try {
    const packages: string[] = []
    const files = new Map<string, Buffer>([
      ['/bytes.bin', Buffer.from(Array.from({ length: 4096 }, (_, i) => i % 251))],
    ])
    for (const wanted of debs) {
      const { name, bytes, entry } = await buildDeb(folder, wanted)
      files.set(`/apt/${name}`, bytes)
      packages.push(entry)
    }
    const index = Buffer.from(packages.join('\n'))
    files.set('/apt/Packages', index)
    files.set(
      '/apt/Release',
      Buffer.from(`Origin: lab\nSuite: lab\nSHA256:\n ${sha256(index)} ${index.length} Packages\n`),
    )
    return files
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Deb {
  readonly name: string
  readonly version: string
  readonly depends?: string
}

/** `case-hello` in two versions, and one that brings another with it. */
const debs: readonly Deb[] = [
  { name: 'case-hello', version: '1.0' },
  { name: 'case-hello', version: '2.0' },
  { name: 'case-lib', version: '1.0' },
  { name: 'case-app', version: '1.0', depends: 'case-lib' },
  { name: 'case-tool', version: '3.1-2' },
]

async function buildDeb(
  folder: string,
  { name, version, depends }: Deb,
): Promise<{ readonly name: string; readonly bytes: Buffer; readonly entry: string }> {
  const root = join(folder, `${name}-${version}`)
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    'Architecture: all',
    'Maintainer: Lab <lab@example.org>',
    ...(depends === undefined ? [] : [`Depends: ${depends}`]),
    'Description: a small package of the differential test',
  ].join('\n')
  await put(join(root, 'DEBIAN/control'), `${control}\n`)
  await put(join(root, `opt/${name}/version`), `${version}\n`)
  await put(join(root, `etc/${name}.conf`), `# settings of ${name}\n`)
  await put(join(root, 'DEBIAN/conffiles'), `/etc/${name}.conf\n`)
  const file = `${name}_${version}_all.deb`
  await run(['dpkg-deb', '--root-owner-group', '-Znone', '--build', root, join(folder, file)])
  const bytes = await readFile(join(folder, file))
  const entry = [
    control,
    `Filename: ./${file}`,
    `Size: ${bytes.length}`,
    `SHA256: ${sha256(bytes)}`,
    '',
  ].join('\n')
  return { name: file, bytes, entry }
}

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o755 })
  await writeFile(file, text)
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A root file system for `docker import`: busybox under all its names. */
export async function caseImage(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-busybox-'))
  try {
    for (const name of ['bin', 'etc', 'tmp', 'data'])
      await mkdir(join(folder, 'root', name), { recursive: true })
    await copyFile('/bin/busybox', join(folder, 'root/bin/busybox'))
    const names = (await run(['/bin/busybox', '--list'])).stdout
      .split('\n')
      .filter((name) => name !== '' && name !== 'busybox')
    for (const name of names) await symlink('busybox', join(folder, 'root/bin', name))
    await writeFile(join(folder, 'root/etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n')
    await run(['tar', '-C', join(folder, 'root'), '-cf', join(folder, 'image.tar'), '.'])
    return await readFile(join(folder, 'image.tar'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
