import { Document, Scalar, visit } from 'yaml'

/** A listing as YAML that Ansible and kmesos read alike: all texts in quotes, encrypted ones as `!vault`. */
export function yamlText(value: unknown): string {
  const document = new Document(value, { version: '1.1', aliasDuplicateObjects: false })
  visit(document, {
    Map: (_key, node) => {
      const vault = node.get('__ansible_vault')
      if (typeof vault !== 'string') return undefined
      const text = new Scalar(vault)
      text.tag = '!vault'
      text.type = Scalar.BLOCK_LITERAL
      return text
    },
  })
  return document.toString({ defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 })
}
