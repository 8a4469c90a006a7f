interface StatOf {
  readonly path: string
}

const kinds: Readonly<Record<number, string>> = {
  ...{
    0x8000: 'isreg',
    0x4000: 'isdir',
    0xa000: 'islnk',
    0x6000: 'isblk',
    0x2000: 'ischr',
    0x1000: 'isfifo',
  },
  0xc000: 'issock',
}

/** What Ansible's module registers as `stat`. */
export function readStat(text: string, params: StatOf): Readonly<Record<string, unknown>> {
  const line = /^stat ([0-9a-f]+) (.*)$/m.exec(text)
  if (!line) return { exists: false }
  const raw = Number.parseInt(line[1] as string, 16)
  const fields = (line[2] as string).split(' ')
  const number = (at: number): number => Number(fields[at])
  const value = (name: string): string | undefined => new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]
  const name = (at: number, id: number): string =>
    fields[at] === 'UNKNOWN' ? String(id) : (fields[at] ?? '')
  const sum = value('sum')?.split(' ')[0]
  const mime = value('mime')?.split('; charset=')
  return {
    exists: true,
    path: params.path,
    mode: (raw & 0o7777).toString(8).padStart(4, '0'),
    ...Object.fromEntries(Object.values(kinds).map((kind) => [kind, kinds[raw & 0xf000] === kind])),
    ...{ uid: number(0), gid: number(1), pw_name: name(2, number(0)), gr_name: name(3, number(1)) },
    ...{ size: number(4), atime: number(5), mtime: number(6), ctime: number(7) },
    ...{ inode: number(8), dev: number(9), nlink: number(10), blocks: number(11), block_size: number(12) },
    ...permissions(raw),
    ...{ readable: may(text, 'r'), writeable: may(text, 'w'), executable: may(text, 'x') },
    ...(value('target') === undefined ? {} : { lnk_target: value('target'), lnk_source: value('real') }),
    ...(sum === undefined ? {} : { checksum: sum }),
    ...(mime === undefined ? {} : { mimetype: mime[0], charset: mime[1] ?? 'unknown' }),
  }
}

function may(text: string, right: string): boolean {
  return text.split('\n').includes(`may ${right}`)
}

function permissions(raw: number): Readonly<Record<string, boolean>> {
  const classes = { usr: 6, grp: 3, oth: 0 } as const
  const rights = { r: 4, w: 2, x: 1 } as const
  const bits = Object.entries(classes).flatMap(([who, shift]) =>
    Object.entries(rights).map(([right, bit]) => [`${right}${who}`, ((raw >> shift) & bit) !== 0]),
  )
  return { ...Object.fromEntries(bits), isuid: (raw & 0o4000) !== 0, isgid: (raw & 0o2000) !== 0 } as Record<
    string,
    boolean
  >
}
