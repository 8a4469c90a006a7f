/** An answer as curl prints it with headers, and the line that `write-out` adds. */
export interface HttpAnswer {
  /** 0: no answer. */
  readonly status: number
  readonly url: string
  readonly redirected: boolean
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly content: string
  /** Why there was no answer. */
  readonly fault: string
}

/** The last line is `kmesos STATUS REDIRECTS URL`; before it headers and body, or what curl complained of. */
export function readAnswer(text: string): HttpAnswer {
  const end = /\n?kmesos (\d+) (\d+) (\S*)\n?$/.exec(text)
  const status = Number(end?.[1] ?? 0)
  let rest = end ? text.slice(0, end.index) : text
  let headers: Record<string, string> = {}
  for (let head = headOf(rest); head !== undefined; head = headOf(rest)) {
    headers = headersIn(head)
    rest = rest.slice(head.length)
  }
  return {
    status,
    url: end?.[3] ?? '',
    redirected: Number(end?.[2] ?? 0) > 0,
    headers,
    content: status === 0 ? '' : rest,
    fault: status === 0 ? rest.trim() : '',
  }
}

/** Redirects and proxies have heads of their own before the last one. */
function headOf(text: string): string | undefined {
  return /^HTTP\/[\d.]+ \d{3}[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n/.exec(text)?.[0]
}

function headersIn(head: string): Record<string, string> {
  const lines = head.split(/\r?\n/).slice(1)
  return Object.fromEntries(
    lines.flatMap((line) => {
      const at = line.indexOf(':')
      return at <= 0 ? [] : [[line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]]
    }),
  )
}

export function failureOf(answer: HttpAnswer): string {
  if (answer.status !== 0) return `status ${answer.status}`
  return answer.fault === '' ? 'no answer' : `no answer (${answer.fault.split('\n').at(-1) ?? ''})`
}

/** What Ansible's module registers. */
export function resultOf(
  answer: HttpAnswer,
  params: { readonly url: string; readonly return_content: boolean },
): Readonly<Record<string, unknown>> {
  const { status, headers, content } = answer
  const flat = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.replaceAll('-', '_'), value]),
  )
  const json = /\bjson\b/.test(headers['content-type'] ?? '') ? parsed(content) : undefined
  return {
    ...flat,
    ...{ status, url: answer.url === '' ? params.url : answer.url, redirected: answer.redirected },
    ...(params.return_content ? { content } : {}),
    ...(json === undefined ? {} : { json }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
