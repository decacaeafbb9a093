// The elements and attributes of a message that are shown. What is not named here is dropped: an element keeps its text
// unless it stands in `dropped`, an attribute goes. No scripts, forms, frames, media, SVG, MathML or anything that loads,
// but `img` and the old `background`, whose URLs sanitize-html.ts replaces.

export const allowedTags = (
  'html head body style a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col ' +
  'colgroup dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li ' +
  'main mark menu nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot ' +
  'th thead time tr tt u ul var wbr'
).split(' ')

/** No `name` and no `for`: nothing of a message can be addressed by name (DOM clobbering). `id` gets a prefix. */
export const allowedAttributes = (
  'align alt background bgcolor border cellpadding cellspacing class clear color cols colspan dir face headers height href ' +
  'hspace id lang noshade nowrap open reversed rowspan scope size span src start style title type valign value vspace width'
).split(' ')

/** Elements that go with all that is in them. */
export const dropped = (
  'script noscript template title svg math iframe object embed applet audio video canvas textarea select option optgroup ' +
  'datalist noembed noframes plaintext xmp frameset portal fencedframe'
).split(' ')
