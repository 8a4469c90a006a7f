import type { HttpRequest } from '../http-request.ts'
import type { ModuleContext } from '../types.ts'
import type { UriParams } from './module.ts'

/** The request as curl sends it: the body made of the parameters, the content's type with it. */
export function requestOf(params: UriParams, context: ModuleContext): HttpRequest {
  const { body_format: format, headers = {}, method, src } = params
  const types = {
    raw: undefined,
    json: 'application/json',
    'form-urlencoded': 'application/x-www-form-urlencoded',
  }
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
  const type = typed ? undefined : types[format]
  const local =
    src !== undefined && !params.remote_src
      ? context.content.read(context.find('files', src)).toString()
      : undefined
  const { body, src: _src, ...rest } = params
  const text = local ?? (body === undefined ? undefined : bodyText(body, format))
  return {
    ...rest,
    method: method.toUpperCase(),
    headers: type === undefined ? headers : { ...headers, 'Content-Type': type },
    follow: follows(params),
    ...(text === undefined ? {} : { body: text }),
    ...(src !== undefined && params.remote_src ? { src } : {}),
  }
}

function bodyText(body: unknown, format: UriParams['body_format']): string {
  if (typeof body === 'string') return body
  if (format !== 'form-urlencoded' || body === null || typeof body !== 'object') return JSON.stringify(body)
  const pairs = Array.isArray(body) ? (body as [unknown, unknown][]) : Object.entries(body)
  const form = new URLSearchParams()
  for (const [name, value] of pairs) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value])
      form.append(String(name), String(each))
  }
  return form.toString()
}

function follows({ follow_redirects: word, method }: UriParams): boolean {
  if (word === 'all' || word === 'yes' || word === 'true') return true
  return (word === 'safe' || word === 'urllib2') && ['GET', 'HEAD'].includes(method.toUpperCase())
}
