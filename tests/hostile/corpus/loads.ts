// Every attribute and element of HTML that makes a browser ask the net for something.

import { canary, type HostileMessage, html } from './build-message.ts'

const u = (name: string) => `${canary}/${name}`

export const loadMessages: readonly HostileMessage[] = [
  html(
    'f',
    'load-img',
    `<img src="${u('1')}"><img src="//canary.example/2"><img src=" \t${u('3')}"><img src="\\\\canary.example\\4"><img src="https:canary.example/5"><IMG SRC=${u('6')}><image src="${u('7')}">`,
  ),
  html(
    'f',
    'load-img-private',
    `<img src="http://127.0.0.1/x"><img src="http://[::1]/x"><img src="http://localhost:9/x"><img src="http://0x7f000001/"><img src="http://192.168.0.1/router.png"><img src="/jmap/session"><img src="auth/sign-out">`,
  ),
  html(
    'f',
    'load-srcset',
    `<img srcset="${u('1')} 1x, ${u('2')} 2x" sizes=100vw><picture><source srcset="${u('3')}"><source media="(min-width:1px)" srcset="${u('4')} 1w"><img alt=x></picture>`,
  ),
  html(
    'f',
    'load-lowsrc-dynsrc',
    `<img lowsrc="${u('1')}" dynsrc="${u('2')}" longdesc="${u('3')}" usemap="${u('4')}" data-src="${u('5')}" attributionsrc="${u('6')}">`,
  ),
  html(
    'f',
    'load-media',
    `<video src="${u('1')}" poster="${u('2')}" autoplay><source src="${u('3')}"><track default src="${u('4')}"></video><audio src="${u('5')}" autoplay></audio><bgsound src="${u('6')}">`,
  ),
  html(
    'f',
    'load-frames',
    `<iframe src="${u('1')}"></iframe><frame src="${u('2')}"><object data="${u('3')}" classid="${u('4')}" codebase="${canary}" archive="${u('5')}"></object><embed src="${u('6')}"><layer src="${u('7')}"></layer><ilayer src="${u('8')}"></ilayer>`,
  ),
  html(
    'f',
    'load-table-backgrounds',
    `<table background="${u('1')}"><tr background="${u('2')}"><td background="${u('3')}">x</td></tr></table><td background="javascript:x"><div background="${u('4')}">`,
  ),
  html(
    'f',
    'load-forms',
    `<form action="${u('1')}"><input type=image src="${u('2')}"><button formaction="${u('3')}">x</button></form><input type=image src="${u('4')}"><isindex prompt=x action="${u('5')}">`,
  ),
  html(
    'f',
    'load-cite-and-others',
    `<blockquote cite="${u('1')}">q</blockquote><q cite="${u('2')}">q</q><del cite="${u('3')}">d</del><head profile="${u('4')}"><html manifest="${u('5')}"><command icon="${u('6')}"><menuitem icon="${u('7')}">`,
  ),
  html(
    'f',
    'load-script-and-worker',
    `<script src="${u('1')}"></script><script type=speculationrules>{"prefetch":[{"source":"list","urls":["${u('2')}"]}]}</script><link rel=serviceworker href="${u('3')}">`,
  ),
  html('f', 'load-ping', `<a href="https://example.org/" ping="${u('1')}">x</a>`),
  html(
    'f',
    'load-base',
    `<base href="${canary}/"><img src="relative.png"><div style="background:url(relative2.png)">x</div>`,
  ),
  html(
    'f',
    'load-vml-and-office',
    `<v:rect><v:fill src="${u('1')}" type=tile /></v:rect><v:imagedata src="${u('2')}"/><!--[if mso]><v:image src="${u('3')}"/><![endif]--><xml><o:OfficeDocumentSettings/></xml>`,
  ),
  html(
    'f',
    'load-meta',
    `<meta http-equiv=link content="<${u('1')}>; rel=preload; as=image"><meta http-equiv=refresh content="1; ${u('2')}"><meta property=og:image content="${u('3')}"><meta http-equiv=x-dns-prefetch-control content=on><a href="https://canary.example/">prefetched name</a>`,
  ),
  html(
    'f',
    'load-many',
    Array.from({ length: 500 }, (_, n) => `<img src="${u(`many-${n}`)}" width=1 height=1>`).join(''),
  ),
]
