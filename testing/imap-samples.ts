// Messages with something in each for a parser to get wrong: structures, charsets, odd headers, sizes.

export interface SampleMessage {
  readonly raw: Buffer
  readonly flags: readonly string[]
  readonly internalDate: number
}

const part = (headers: readonly string[], body: string) => [...headers, '', body].join('\r\n')

/** `count` of them, the same each time, oldest first. */
export function sampleMessages(count: number): SampleMessage[] {
  return Array.from({ length: count }, (_, i) => ({
    raw: Buffer.from(sample(i), 'latin1'),
    flags: [i % 2 ? '\\Seen' : '', i % 5 === 0 ? '\\Flagged' : '', i % 7 === 0 ? '$Forwarded' : ''].filter(Boolean),
    internalDate: Date.UTC(2020, 0, 1) + i * 3_600_000,
  }))
}

function sample(i: number): string {
  const parent =
    i % 4 === 0 ? [] : [`In-Reply-To: <m${i - (i % 4)}@example.test>`, `References: <m${i - (i % 4)}@example.test>`]
  const head = [
    `From: "Sender ${i % 9}" <s${i % 9}@example.test>`,
    'To: Alice <alice@example.test>, (comment) bob@example.test',
    `Subject: ${i % 4 === 0 ? '' : 'Re: '}${i % 3 === 0 ? '=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=' : 'Topic'} ${i - (i % 4)}`,
    `Date: ${new Date(Date.UTC(2020, 0, 1) + i * 3_500_000).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <m${i}@example.test>`,
    ...parent,
    'MIME-Version: 1.0',
  ]
  const text = part(
    ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit'],
    `Text ${i} caf\xc3\xa9\r\n`,
  )
  const html = part(['Content-Type: text/html; charset="utf-8"'], `<p>Text ${i} {5}</p>\r\n`)
  const file = part(
    [
      "Content-Type: application/pdf; name*=utf-8''%e2%82%ac.pdf",
      'Content-Transfer-Encoding: base64',
      'Content-Disposition: attachment; filename="a \\"quoted\\" name.pdf"',
      'Content-ID: <part@example.test>',
      'Content-Description: {3}',
      'Content-Language: en, de',
    ],
    `${Buffer.alloc(600 + i, i).toString('base64')}\r\n`,
  )
  const kinds = [
    () => [...head, text].join('\r\n'),
    () => [...head, 'Content-Type: multipart/alternative; boundary=b1', '', joined('b1', [text, html])].join('\r\n'),
    () => [...head, 'Content-Type: multipart/mixed; boundary="b 2"', '', joined('b 2', [text, file])].join('\r\n'),
    () =>
      [
        ...head,
        'Content-Type: multipart/mixed; boundary=b3',
        '',
        joined('b3', [
          ['Content-Type: multipart/alternative; boundary=b4', '', joined('b4', [text, html])].join('\r\n'),
          part(
            ['Content-Type: message/rfc822', 'Content-Disposition: attachment'],
            [`Subject: inner ${i}`, text].join('\r\n'),
          ),
        ]),
      ].join('\r\n'),
    () => `Subject: no body at all ${i}\r\nMessage-ID: <m${i}@example.test>\r\n\r\n`,
  ]
  return (kinds[i % kinds.length] as () => string)()
}

function joined(boundary: string, parts: readonly string[]): string {
  return `${parts.map((one) => `--${boundary}\r\n${one}\r\n`).join('')}--${boundary}--\r\n`
}
