// What the comment before a declaration says, for the references that are generated from plugin-api.

import ts from 'typescript'

export function textOfDoc(node: ts.Node): string {
  const docs = ts.getJSDocCommentsAndTags(node)
  const text = docs.map((doc) => (ts.isJSDoc(doc) ? ts.getTextOfJSDocComment(doc.comment) : '')).join(' ')
  return text.trim()
}
