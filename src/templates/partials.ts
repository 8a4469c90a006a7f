import { renderText } from './render.ts'
import type { TemplateContext } from './scope.ts'

/**
 * The context with `include('name', { … })`, which renders the partial of that name with the context's variables and the
 * given ones. Partials may include others. The caller has checked that all names that are used exist and form no cycle.
 */
export function withPartials(
  context: TemplateContext,
  partials: Readonly<Record<string, string>>,
): TemplateContext {
  const include = (name: string, locals: TemplateContext = {}): string => {
    const text = partials[name]
    if (text === undefined) throw new Error(`there is no partial "${name}" in templates/`)
    const inner = withPartials({ ...context, ...locals }, partials)
    return renderText(text, inner, { file: `templates/${name}.ejs` })
  }
  return { ...context, include }
}

/** Names of the partials that a text includes: `include('name'` with a literal name. */
export function includedNames(text: string): readonly string[] {
  return [...text.matchAll(/\binclude\(\s*['"]([^'"]+)['"]/g)].map((found) => found[1] ?? '')
}
