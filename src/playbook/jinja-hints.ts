/** What of Jinja an Ansible user may write by habit, and what to write instead. Pure: texts in, advice out. */

/**
 * A variable in Jinja's braces, with filters: `{{ name }}`, `{{ a.b[0] | default(1) }}`. Docker's own templates
 * (`{{.Names}}`, `{{json .}}`, `{{range .x}}`, `{{end}}`) are none.
 */
const variableInBraces =
  /\{\{-?\s*(?!(?:end|else)\s*-?\}\})[A-Za-z_]\w*(?:\.\w+|\[[^\]}]*\]|\([^)}]*\))*\s*(?:[|~+][^}]*)?-?\}\}/
const textInBraces = /\{\{-?\s*(?:lookup|query)\(/
const statement = /\{%-?\s*(?:if|for|set|endif|endfor|else|elif|include|macro|raw)\b/

/** Jinja in a text that is no condition. */
export function jinjaInText(text: string): string | undefined {
  const found = variableInBraces.exec(text)?.[0] ?? textInBraces.exec(text)?.[0]
  if (found !== undefined) {
    const name = /[A-Za-z_]\w*(?:\.\w+|\[[^\]}]*\])*/.exec(found)?.[0] ?? 'x'
    return `kmesos templates are EJS, not Jinja: write <%= ${name} %> for ${found}`
  }
  return statement.test(text)
    ? 'kmesos templates are EJS, not Jinja: write <% if (x) { %> … <% } %> for {% if x %} … {% endif %}'
    : undefined
}

/** Test by test and filter by filter: what stands in the text, and JavaScript's way to say it. */
const habits: readonly (readonly [RegExp, string])[] = [
  [/\{\{/, 'conditions stand without braces, and are JavaScript'],
  [/\bis\s+not\s+defined\b|\bis\s+undefined\b/, 'write vars.NAME === undefined for "NAME is not defined"'],
  [/\bis\s+defined\b/, 'write vars.NAME !== undefined for "NAME is defined"'],
  [/\bis\s+(not\s+)?(failed|failure)\b/, 'write RESULT.failed for "RESULT is failed"'],
  [/\bis\s+(not\s+)?(succeeded|success)\b/, 'write !RESULT.failed for "RESULT is succeeded"'],
  [/\bis\s+(not\s+)?(changed|change)\b/, 'write RESULT.changed for "RESULT is changed"'],
  [/\bis\s+(not\s+)?(skipped|skip)\b/, 'write RESULT.skipped for "RESULT is skipped"'],
  [/\bis\s+(not\s+)?(match|search|regex)\b/, 'write /PATTERN/.test(TEXT) for "TEXT is match(PATTERN)"'],
  [/\bis\s+(not\s+)?version\b/, 'compare the parts as numbers: Number(V.split(".")[0]) >= 2'],
  [/\bis\s+(not\s+)?none\b/i, 'write X === null for "X is none"'],
  [/\bis\s+(not\s+)?[a-z_]+\b/, 'conditions are JavaScript: write a comparison for the test "is …"'],
  [/(?<!\|)\|\s*(default|d)\b/, 'write vars.NAME ?? VALUE for "NAME | default(VALUE)"'],
  [/(?<!\|)\|\s*bool\b/, 'leave out "| bool": the texts "no", "false", "off" and "0" count as false'],
  [/(?<!\|)\|\s*(int|float)\b/, 'write Number(X) for "X | int"'],
  [/(?<!\|)\|\s*(length|count)\b/, 'write X.length for "X | length"'],
  [
    /(?<!\|)\|\s*[a-z_]+\s*(\(|$|[)=<>!&|])/,
    'conditions are JavaScript: write its functions for filters (X.trim(), X.map(…))',
  ],
  [/\bnot\s+in\b/, 'write !LIST.includes(X) for "X not in LIST"'],
  [/\s(and|or)\s/, 'write && for "and", || for "or"'],
  [/(^|[(&|])\s*not\s+/, 'write ! for "not"'],
  [/\b(True|False|None)\b/, 'write true, false, null'],
  [
    /\sin\s/,
    'write LIST.includes(X) for "X in LIST", Object.hasOwn(MAP, KEY) for keys: JavaScript’s own "in" looks at indexes',
  ],
]

/** Jinja in a condition. */
export function jinjaInCondition(text: string): string | undefined {
  const bare = text.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`/g, "''")
  return habits.find(([pattern]) => pattern.test(bare))?.[1]
}
