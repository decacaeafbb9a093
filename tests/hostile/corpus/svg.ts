// SVG, MathML and SMIL: everything of them is dropped; these are the ways in which that went wrong elsewhere.

import { base64, canary, type HostileMessage, html, js } from './build-message.ts'

const svgScript = `<svg xmlns="http://www.w3.org/2000/svg" id="x"><script>${js}</script></svg>`
const dataSvg = `data:image/svg+xml;base64,${base64(svgScript).replaceAll('\n', '')}`

const animated: readonly (readonly [string, string])[] = [
  ['plain', `<animate attributeName="href" values="javascript:${js}"/>`],
  ['trailing-space', `<animate attributeName="href " values="javascript:${js}"/>`],
  ['prefix', `<animate attributeName="xlink:href" to="javascript:${js}"/>`],
  ['prefix-case', `<animate attributeName="XLINK:HREF" from="javascript:${js}" to="javascript:${js}"/>`],
  ['set', `<set attributeName="href" to="javascript:${js}"/>`],
  ['by', `<animate attributeName="style" by="background:url(${canary}/by)"/>`],
  ['style', `<animate attributeName="style" values="background:url(${canary}/values)" dur="1s"/>`],
  ['handler', `<set attributeName="onmouseover" to="${js}"/>`],
  ['begin-end', `<animate attributeName="x" onbegin=${js} onend=${js} onrepeat=${js} dur="0.1s" repeatCount="2"/>`],
  [
    'paint',
    ['mask', 'cursor', 'fill', 'filter', 'stroke', 'clip-path', 'marker-start']
      .map((n) => `<animate attributeName="${n}" values="url(${canary}/${n})"/>`)
      .join(''),
  ],
  ['motion', `<animateMotion path="M0,0" onbegin=${js}/><animateTransform attributeName="transform" onbegin=${js}/>`],
  ['discard', `<discard begin="0s" href="#x" onbegin=${js}/>`],
]

export const svgMessages: readonly HostileMessage[] = [
  ...animated.map(([name, payload]) =>
    html(
      'd',
      `smil-${name}`,
      `<svg width=100 height=100><a id=x xlink:href="#"><rect width=100 height=100>${payload}</rect>${payload}<text y=20>x</text></a></svg>`,
    ),
  ),
  html(
    'b',
    'svg-script',
    `<svg><script>${js}</script><script href="${canary}/s.js"/><script xlink:href="data:text/javascript,${js}"/></svg>`,
  ),
  html('b', 'svg-onload', `<svg onload=${js}><g onload=${js}></g></svg><svg/onload=${js}>`),
  html(
    'b',
    'svg-foreign-object',
    `<svg><foreignObject><iframe srcdoc="<script>parent.${js}</script>"></iframe><body onload=${js}></foreignObject></svg>`,
  ),
  html(
    'c',
    'svg-use-data-space',
    `<svg><use href="data:image/s vg+xml;base64,${base64(svgScript)}#x"/><use xlink:href="data:image/svg+xml;base64,${base64(svgScript)}#x"/></svg>`,
  ),
  html(
    'c',
    'svg-data-image',
    `<img src="${dataSvg}"><img src="data:image/svg+xml,${svgScript}"><img src="DATA:IMAGE/SVG+XML;utf8,${svgScript}"><img src="data:image/png,x);background:url(${canary}/p)"><img src="data:image/s\tvg+xml;base64,AAAA">`,
  ),
  html(
    'f',
    'svg-fe-image',
    `<svg><filter id=f><feImage href="${canary}/fe"/><feImage xlink:href="${canary}/fe2"/></filter><rect filter="url(#f)" width=10 height=10 /></svg>`,
  ),
  html(
    'f',
    'svg-image',
    `<svg><image href="${canary}/i"/><image xlink:href="${canary}/i2"/><pattern><image href="${canary}/i3"/></pattern></svg>`,
  ),
  html(
    'f',
    'svg-paint-urls',
    `<svg fill="url(${canary}/f1" stroke='url("${canary}/s")'><rect mask="url(${canary}/m)" clip-path="url(${canary}/c)" marker-end="url(${canary}/e)" style="filter:url(${canary}/fl)"/></svg>`,
  ),
  html('e', 'svg-func-iri-tail', `<svg><rect fill='a:url(#x)" onerror="${js}' cursor="url(${canary}/c),auto"/></svg>`),
  html(
    'b',
    'svg-handler-element',
    `<svg><handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">${js}</handler><style>@import "${canary}/i.css";</style></svg>`,
  ),
  html(
    'b',
    'math-href',
    `<math href="javascript:${js}"><mi xlink:href="javascript:${js}">x</mi><maction actiontype="statusline#http://x" xlink:href="javascript:${js}">y</maction></math>`,
  ),
  html(
    'b',
    'math-xmlns-quotes',
    `<math xmlns="http://www.w3.org/1998/Math/MathML&quot; onclick=&quot;${js}"><mtext onclick=${js}>x</mtext></math>`,
  ),
  html(
    'c',
    'prefixed-elements',
    `<svg:svg xmlns:svg="http://www.w3.org/2000/svg" onload=${js}><svg:script>${js}</svg:script></svg:svg><html:script>${js}</html:script>`,
  ),
]
