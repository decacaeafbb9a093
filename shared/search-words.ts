// The words of a text condition (RFC 8621 §4.4.1): each must occur, in any order; what stands in matching quotes is one phrase;
// a backslash takes the meaning from a quote or a backslash after it.

export function searchWords(text: string): readonly string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  const push = () => {
    const folded = word.trim()
    if (folded !== '') words.push(folded)
    word = ''
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    const next = text[at + 1]
    if (char === '\\' && next !== undefined && (next === '\\' || next === '"' || next === "'")) {
      word += next
      at++
    } else if (quote !== '') {
      if (char === quote) {
        quote = ''
        push()
      } else word += char
    } else if (/\s/.test(char)) push()
    // A quote opens a phrase only where a word may begin and another like it follows: «don't» and «5"» are words.
    else if ((char === '"' || char === "'") && word === '' && text.indexOf(char, at + 1) > at) quote = char
    else word += char
  }
  push()
  return words
}
