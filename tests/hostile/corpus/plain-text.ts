// Plain text with traps for what makes links of it.

import { canary, type HostileMessage, js, text } from './build-message.ts'

// Types that the reader does not show but offers as files.
const hidden = (message: HostileMessage): HostileMessage => ({ ...message, mayHideEnd: true })

export const plainTextMessages: readonly HostileMessage[] = [
  text(
    'text-markup',
    `<script>${js}</script> <img src=x onerror=${js}> <svg onload=${js}> </pre><img src=${canary}/x>`,
  ),
  text(
    'text-mail-query',
    `Write to bob@example.test?subject=]<img src=x onerror=${js}> or bob@example.test?x="onmouseover=${js} or <bob@example.test?">`,
  ),
  text(
    'text-reference',
    `[<script>${js}</script>] ${canary}/x\n[<img src=x onerror=${js}>]: ${canary}/y\n[1] <${canary}/z>`,
  ),
  text(
    'text-placeholders',
    `##str_replacement_0## ${canary}/a ##str_replacement_1## [[0]] {{0}} $1 $& \\1 %s \u0000LINK0\u0000`,
  ),
  text(
    'text-url-with-quotes',
    `${canary}/"onmouseover="${js} ${canary}/'onclick='${js} ${canary}/\`x ${canary}/><img src=x onerror=${js}>`,
  ),
  text(
    'text-schemes',
    `javascript:${js} javascript://canary.example/%0a${js} data:text/html,<script>${js}</script> vbscript:x file:///etc/passwd //canary.example/x view-source:x`,
  ),
  text(
    'text-userinfo',
    `http://bank.example@canary.example/ http://bank.example%2f@canary.example/ https://bank.example\\@canary.example/`,
  ),
  text('text-bidi', `\u202ehttp://canary.example/gpj.exe\u202c and \u2067http://canary.example/\u2069`),
  text('text-quotes', `${'>'.repeat(5000)} deep <img src=x onerror=${js}>\n${'> '.repeat(3000)}x`),
  text(
    'text-flowed',
    `> <img src=x \n> onerror=${js}> \n>> javascript:\n>> ${js}\n-- \n<script>${js}</script>`,
    'text/plain; charset=utf-8; format=flowed; delsp=yes',
  ),
  text(
    'text-long-line',
    `http://${'a.'.repeat(30_000)}example.org/${'x'.repeat(30_000)} ${'@'.repeat(20_000)} ${'a@'.repeat(20_000)}`,
  ),
  text('text-brackets', `${'('.repeat(5000)}http://canary.example/${')'.repeat(5000)} ${'<'.repeat(5000)}`),
  hidden(text('text-enriched', `<bold>x</bold><param>${js}</param><img src=x onerror=${js}>`, 'text/enriched')),
  text('text-charset-utf7', `+ADw-script+AD4-${js}+ADw-/script+AD4-`, 'text/plain; charset=utf-7'),
  text('text-charset-unknown', `<script>${js}</script>`, `text/plain; charset="x\\"><script>${js}</script>"`),
  hidden(text('text-markdown', `[click](javascript:${js}) ![x](${canary}/md.png) <${canary}/auto>`, 'text/markdown')),
]
