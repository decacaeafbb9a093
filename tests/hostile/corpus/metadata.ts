// What a message says about itself, and its parts: names, types, subjects, addresses; shown by our own interface.

import {
  base64,
  canary,
  type HostileMessage,
  js,
  multipart,
  type PartSpec,
  readableEnd,
  single,
} from './build-message.ts'

const img = `<img src=x onerror=${js}>`
const end: PartSpec = { headers: ['Content-Type: text/plain; charset=utf-8'], body: readableEnd }
const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="${js}"><script>${js}</script></svg>`
const page = `<html><body onload=${js}>${img}<script>${js}</script></body></html>`

const attachment = (type: string, name: string, body: string, more: readonly string[] = []): PartSpec => ({
  headers: [
    `Content-Type: ${type}`,
    `Content-Disposition: attachment; ${name}`,
    'Content-Transfer-Encoding: base64',
    ...more,
  ],
  body: base64(body),
})

const withParts = (name: string, ...parts: readonly PartSpec[]): HostileMessage => ({
  kind: 'h',
  name,
  message: multipart(name, 'mixed', [end, ...parts]),
})
const withHeaders = (name: string, spec: Parameters<typeof single>[3]): HostileMessage => ({
  kind: 'h',
  name,
  message: single(name, 'text/plain; charset=utf-8', readableEnd, spec),
})
const word = (value: string) => `=?utf-8?B?${Buffer.from(value).toString('base64')}?=`

export const metadataMessages: readonly HostileMessage[] = [
  withHeaders('meta-subject', { subject: img }),
  withHeaders('meta-subject-encoded', { subject: word(`${img}<script>${js}</script>"'>`) }),
  withHeaders('meta-subject-controls', { subject: word(`a\r\nBcc: eve@example.org\r\n\r\n${img}\u0000\u202etxt.exe`) }),
  withHeaders('meta-subject-template', {
    subject: `{{7*7}} \${${js}} <%= ${js} %> $t(key) {{count}} javascript:${js}`,
  }),
  withHeaders('meta-subject-long', { subject: `${img}${'W'.repeat(20_000)}` }),
  withHeaders('meta-from-markup', { from: `"<img src=x onerror=${js}>" <mallory@example.org>` }),
  withHeaders('meta-from-encoded', {
    from: `${word(`"><script>${js}</script>`)} <"<img/src=x/onerror=${js}>"@example.org>`,
  }),
  withHeaders('meta-from-address-as-name', { from: '"security@bank.example" <mallory@example.org>' }),
  withHeaders('meta-from-bidi', { from: `${word('\u202eelpmaxe.knab@ytiruces\u202c')} <mallory@example.org>` }),
  withHeaders('meta-from-homograph', { from: `${word('Bank')} <service@xn--pypal-4ve.com>` }),
  withHeaders('meta-from-many', {
    from: Array.from({ length: 300 }, (_, n) => `"${n}<b>" <x${n}@example.org>`).join(',\n '),
  }),
  withHeaders('meta-reply-to-and-list', {
    headers: [
      `Reply-To: "${img.replaceAll('"', '')}" <eve@example.org>`,
      `List-Unsubscribe: <javascript:${js}>, <data:text/html,${encodeURIComponent(page)}>, <${canary}/unsubscribe>`,
      'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
      `List-Id: ${img} <x.example.org>`,
      `Disposition-Notification-To: "${js}" <javascript:${js}@example.org>`,
      `X-Priority: 1${img}`,
    ],
  }),
  withHeaders('meta-ten-thousand-headers', { headers: Array.from({ length: 3000 }, (_, n) => `X-H${n}: ${img}`) }),
  withHeaders('meta-keywords', { headers: [`Keywords: ${img}`, `X-Label: ${img}`, `Comments: ${img}`] }),
  withParts('attachment-name-markup', attachment('application/pdf', `filename="${img}.pdf"`, 'x')),
  withParts('attachment-name-quotes', attachment('application/pdf', `filename="a\\"onmouseover=\\"${js}\\".pdf"`, 'x')),
  withParts(
    'attachment-name-2231',
    attachment(
      'application/pdf',
      `filename*=utf-8''${encodeURIComponent(`${img}"'\r\nX-Header: y\r\n\r\n.html`)}`,
      page,
    ),
  ),
  withParts(
    'attachment-name-path',
    attachment('text/plain', 'filename="../../../../etc/passwd"', 'x'),
    attachment('text/plain', 'filename="C:\\\\Windows\\\\x.exe"', 'x'),
    attachment('text/plain', 'filename=".."', 'x'),
  ),
  withParts(
    'attachment-name-bidi',
    attachment('application/octet-stream', `filename="${word('invoice\u202efdp.exe')}"`, 'MZ'),
  ),
  withParts('attachment-name-long', attachment('text/plain', `filename="${'n'.repeat(10_000)}.txt"`, 'x')),
  withParts(
    'attachment-type-markup',
    attachment(`"text/<img src=x onerror=${js}>"; name="x.html"`, 'filename=x', page),
  ),
  withParts(
    'attachment-type-parameters',
    attachment(`text/html; charset="utf-8\\r\\nX-Header: y"; name="${img}"`, 'filename=x.html', page),
  ),
  withParts('attachment-html', attachment('text/html', 'filename=page.html', page)),
  withParts(
    'attachment-xhtml-and-xml',
    attachment(
      'application/xhtml+xml',
      'filename=x.xhtml',
      `<html xmlns="http://www.w3.org/1999/xhtml"><script>${js}</script></html>`,
    ),
    attachment('text/xml', 'filename=x.xml', `<x:script xmlns:x="http://www.w3.org/1999/xhtml">${js}</x:script>`),
    attachment('application/xslt+xml', 'filename=x.xsl', svg),
  ),
  withParts('attachment-svg', attachment('image/svg+xml', 'filename=x.svg', svg), {
    headers: ['Content-Type: image/svg+xml', 'Content-Disposition: inline; filename=y.svg'],
    body: svg,
  }),
  withParts(
    'attachment-svg-as-png',
    attachment('image/png', 'filename=x.png', svg),
    attachment('image/svg+xml', 'filename=x.png', page),
  ),
  withParts(
    'attachment-javascript',
    attachment('text/javascript', 'filename=x.js', js),
    attachment('application/json', 'filename=x.json', `{"a":"${page}"}`),
  ),
  withParts(
    'attachment-sniffing',
    attachment('application/octet-stream', 'filename=x', page),
    attachment('text/plain', 'filename=x.txt', page),
    attachment('unknown/unknown', 'filename=x', page),
    attachment('', 'filename=x', page),
  ),
  withParts(
    'attachment-multipart-mixed-replace',
    attachment(
      'multipart/x-mixed-replace; boundary=a',
      'filename=x',
      `--a\r\nContent-Type: text/html\r\n\r\n${page}\r\n--a--`,
    ),
  ),
  withParts(
    'attachment-pdf-and-flash',
    attachment('application/pdf', 'filename=x.pdf', `%PDF-1.7 /OpenAction << /S /JavaScript /JS (${js}) >>`),
    attachment('application/x-shockwave-flash', 'filename=x.swf', 'FWS'),
  ),
  withParts(
    'attachment-calendar',
    attachment(
      'text/calendar; method=REQUEST',
      'filename=x.ics',
      `BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:${img}\r\nDESCRIPTION:${img}\r\nURL:javascript:${js}\r\nATTACH:${canary}/x\r\nEND:VEVENT\r\nEND:VCALENDAR`,
    ),
  ),
  withParts(
    'attachment-vcard',
    attachment(
      'text/vcard',
      'filename=x.vcf',
      `BEGIN:VCARD\r\nVERSION:4.0\r\nFN:${img}\r\nURL:javascript:${js}\r\nPHOTO:${canary}/p.png\r\nEND:VCARD`,
    ),
  ),
  withParts('attachment-message', {
    headers: ['Content-Type: message/rfc822', 'Content-Disposition: attachment'],
    body: `From: ${img} <a@b.c>\nSubject: ${img}\nContent-Type: text/html\n\n${page}`,
  }),
  withParts('attachment-external-body', {
    headers: [`Content-Type: message/external-body; access-type=URL; URL="${canary}/x"`],
    body: 'Content-Type: text/html\n\n',
  }),
  withParts('attachment-inline-html', {
    headers: ['Content-Type: text/html', 'Content-Disposition: inline; filename=i.html'],
    body: page,
  }),
  withParts(
    'attachment-description',
    attachment('application/pdf', 'filename=x.pdf', 'x', [
      `Content-Description: ${img}`,
      `Content-Location: ${canary}/loc`,
      `Content-ID: <${img}>`,
    ]),
  ),
  {
    kind: 'h',
    name: 'related-cid-svg',
    message: multipart('related-cid-svg', 'related', [
      {
        headers: ['Content-Type: text/html; charset=utf-8'],
        body: `<img src="cid:a"><a href="cid:b">open</a><img src="cid:%22%3E${encodeURIComponent(img)}"><p>${readableEnd}</p>`,
      },
      { headers: ['Content-Type: image/svg+xml', 'Content-ID: <a>'], body: svg },
      { headers: ['Content-Type: text/html', 'Content-ID: <b>'], body: page },
    ]),
  },
  {
    kind: 'h',
    name: 'related-content-location',
    message: multipart('related-content-location', 'related', [
      {
        headers: ['Content-Type: text/html; charset=utf-8', `Content-Base: ${canary}/`],
        body: `<img src="a.png"><img src="${canary}/loc.png"><p>${readableEnd}</p>`,
      },
      { headers: ['Content-Type: image/png', `Content-Location: ${canary}/loc.png`], body: 'x' },
    ]),
  },
]
