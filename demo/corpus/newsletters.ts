// Newsletters in HTML as companies send them: tables, a preheader, remote images and a counting pixel (all of which a webmail blocks), unsubscribe
// headers of both kinds.

import { html, message, multipart, text } from './mime.ts'
import type { Person } from './people.ts'
import { expand, type Random } from './random.ts'

interface Newsletter {
  readonly from: Person
  readonly color: string
  readonly accent: string
  readonly subjects: readonly string[]
  readonly articles: readonly (readonly [title: string, text: string])[]
}

export const newsletters: readonly Newsletter[] = [
  {
    from: { name: 'The Tidewater Post', address: 'morning@tidewater-post.example' },
    color: '#12344d',
    accent: '#c8553d',
    subjects: [
      'Morning briefing: [[trams, tides and a talking crane|the harbour bridge opens early|what the council decided last night]]',
      'Your {{day}} in five minutes',
      'The weekend read: [[ten harbours, one notebook|a night with the lock keepers|the last sailmaker of Rope Street]]',
    ],
    articles: [
      [
        'Harbour bridge to open two weeks early',
        'The new footbridge passed its load test on Tuesday, with {{count}} volunteers jumping up and down in step. The council now wants to open it before the holidays.',
      ],
      [
        'Night tram on line 4 stays',
        'After a trial of six months the night service becomes permanent. Ridership on Fridays was twice as high as expected, drivers ask for a better coffee machine at the terminus.',
      ],
      [
        'Storm season: what the tide tables say',
        'Three spring tides coincide with the equinox this year. The flood office has published new maps, and most cellars of the old town are dry on them.',
      ],
      [
        'A crane that tells stories',
        'Crane 7 on the old quay has been fitted with loudspeakers. On the hour it recounts one delivery of its working life, from bananas to a small church.',
      ],
      [
        'Library lends tools, seeds and a tuba',
        'The library of things has passed {{count}} members. Most wanted: the drill. Least wanted, so far: the tuba.',
      ],
      [
        'Swimming baths reopen with warmer water',
        'Heat from the data centre next door keeps the outdoor pool at 24 degrees until October. Season tickets are on sale from {{day}}.',
      ],
    ],
  },
  {
    from: { name: 'Kettle & Crumb', address: 'hello@kettleandcrumb.example' },
    color: '#5b3a29',
    accent: '#d98e04',
    subjects: [
      '[[Three|Four]] recipes for a rainy {{day}}',
      'The loaf that forgives everything',
      'In season now: [[plums|leeks|quinces|rhubarb]]',
    ],
    articles: [
      [
        'Overnight loaf with rye and honey',
        'Ten minutes of work before bed, a cold night in the fridge, and an hour in a hot pot in the morning. It forgives almost everything, even being forgotten until noon.',
      ],
      [
        'Leek and potato soup, but better',
        'The trick is to brown the butter first and to keep a third of the leeks raw. It takes {{count}} minutes, most of them spent looking into the pot.',
      ],
      [
        'Plum cake on a tray',
        'A thin yeast dough, plums shoulder to shoulder, a little cinnamon and no cream. All right: a little cream.',
      ],
      [
        'How to keep a sourdough through the holidays',
        'Dry it. Spread it thin on paper, let it flake, put it into a jar. It will wake up in autumn and be hungrier than you.',
      ],
      [
        'A word about knives',
        'You need two, and one of them is for bread. Our guide to sharpening, with pictures of what not to do.',
      ],
    ],
  },
  {
    from: { name: 'Northlight Rail', address: 'news@northlight-rail.example' },
    color: '#0b3d2e',
    accent: '#2a9d8f',
    subjects: [
      'Night trains to [[the sea|the mountains|four capitals]] from {{sum}}',
      'New timetable: what changes for you',
      '{{count}} reasons to take the slow train',
    ],
    articles: [
      [
        'Sleep in the harbour, wake in the hills',
        'Our new night train leaves every evening at 21:40, with couchettes, showers and a breakfast that deserves the name. From {{sum}} one way.',
      ],
      [
        'Bicycles travel free in {{month}}',
        'All month long, on all regional lines, any day, any time. Please reserve a place on weekends.',
      ],
      [
        'Works on the coastal line',
        'Between the lighthouse and the old port buses replace trains from {{day}} to Sunday. The journey takes about {{count}} minutes longer; the view is the same.',
      ],
      [
        'Rail pass: now for a Thursday too',
        'Travel on any five days of a month, together or apart, {{sum}} for adults. Children under twelve come along.',
      ],
    ],
  },
  {
    from: { name: 'Compile Weekly', address: 'editor@compileweekly.example' },
    color: '#1f1f2e',
    accent: '#6c63ff',
    subjects: [
      'Issue {{number}}: [[the garbage collector that learned patience|a database in one file|type systems for the impatient]]',
      'Issue {{number}}: [[slow tests, fast feedback|protocols worth reading|what the profiler did not say]]',
    ],
    articles: [
      [
        'The query planner is not your enemy',
        'A patient walk through {{count}} plans, from a missing index to a statistics table that was older than the intern. With pictures of every plan.',
      ],
      [
        'Writing a parser by hand, again',
        'Why the author threw away a generator after ten years, and how the hand-written parser came out shorter, faster and easier to fuzz.',
      ],
      [
        'Time zones: a field report',
        'What a ferry operator learned about daylight saving when one boat crossed three zones and arrived before it had left.',
      ],
      [
        'An old protocol, read slowly',
        'We read one RFC a month. This time: IMAP. It is better than its reputation and stranger than you remember.',
      ],
      [
        'Small tools we liked',
        'A terminal that draws your disk as a map, a linter for shell scripts, and a clock that only shows what day it is.',
      ],
    ],
  },
  {
    from: { name: 'Museum Association', address: 'bulletin@museum-association.example' },
    color: '#3d2645',
    accent: '#b5838d',
    subjects: [
      'Bulletin {{month}}: [[loans across borders|the quiet gallery|labels that people read]]',
      'Call for papers: small museums, large objects',
    ],
    articles: [
      [
        'Labels that people read',
        'A study of {{count}} visitors with eye trackers confirms what every guard knew: sixty words, large type, one surprise.',
      ],
      [
        'Loans across borders: the new form',
        'The customs form for temporary imports changes on the first of next month. We have a filled-in example for you, and the telephone number of somebody who answers.',
      ],
      [
        'Light, but not too much',
        'Fifty lux and how to make them feel generous: results from the workshop in {{month}}, with the list of lamps that passed.',
      ],
      [
        'Grants for digitisation',
        'The second round opens on {{day}}. Small houses with fewer than ten staff are asked to apply; the form has shrunk to six pages.',
      ],
    ],
  },
]

export function newsletter(
  sender: Newsletter,
  to: Person,
  date: Date,
  id: string,
  values: Readonly<Record<string, string>>,
  random: Random,
): Buffer {
  const fill = (template: string) => expand(template, random, values)
  const nextArticle = random.deck(sender.articles)
  const articles = Array.from({ length: random.int(2, 4) }, nextArticle).map(
    ([title, body]) => [fill(title), fill(body)] as const,
  )
  const site = `https://${sender.from.address.split('@')[1]}`
  const unsubscribe = `${site}/u/${id.slice(0, 12)}`
  const subject = fill(random.pick(sender.subjects))
  const rows = articles.map(
    ([title, body], n) => `
      <tr><td style="padding:24px 32px ${n === articles.length - 1 ? '24px' : '0'}">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>
          ${n % 2 === 0 ? image(site, id, n) : ''}
          <td valign="top" style="font:16px/1.5 Georgia,serif;color:#333;padding:${n % 2 === 0 ? '0 0 0 20px' : '0 20px 0 0'}">
            <h2 style="margin:0 0 8px;font:bold 20px/1.25 Helvetica,Arial,sans-serif;color:${sender.color}">${title}</h2>
            <p style="margin:0 0 12px">${body}</p>
            <a href="${site}/read/${n}" style="color:${sender.accent};font:bold 14px Helvetica,Arial,sans-serif;text-decoration:none">Read on &rarr;</a>
          </td>
          ${n % 2 === 1 ? image(site, id, n) : ''}
        </tr></table>
      </td></tr>`,
  )
  const page = `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>${subject}</title>
<style>@media (max-width:600px){.card{width:100%!important}} a:hover{text-decoration:underline}</style></head>
<body style="margin:0;background:#eef1f4">
<div style="display:none;max-height:0;overflow:hidden">${articles[0]?.[1].slice(0, 90)}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" bgcolor="#eef1f4"><tr><td align="center" style="padding:24px 8px">
  <table role="presentation" class="card" width="640" cellpadding="0" cellspacing="0" bgcolor="#ffffff" style="border-radius:8px;overflow:hidden">
      <tr><td bgcolor="${sender.color}" style="padding:28px 32px;color:#fff;font:bold 26px Helvetica,Arial,sans-serif">${sender.from.name}</td></tr>
      <tr><td bgcolor="${sender.accent}" height="4" style="font-size:0;line-height:0">&nbsp;</td></tr>${rows.join('')}
      <tr><td align="center" style="padding:8px 32px 32px"><a href="${site}/all" style="background:${sender.accent};color:#fff;padding:12px 28px;border-radius:4px;font:bold 15px Helvetica,Arial,sans-serif;text-decoration:none">See everything</a></td></tr>
      <tr><td bgcolor="#f7f7f7" style="padding:20px 32px;font:12px/1.6 Helvetica,Arial,sans-serif;color:#888">You receive this because you signed up with ${to.address}.<br><a href="${unsubscribe}" style="color:#888">Unsubscribe</a> &middot; <a href="${site}/imprint" style="color:#888">Imprint</a></td></tr>
  </table>
</td></tr></table>
<img src="${site}/open/${id.slice(0, 12)}.gif" width="1" height="1" alt="">
</body></html>`
  const asText = `${sender.from.name}\n\n${articles.map(([title, body]) => `${title.toUpperCase()}\n${body}`).join('\n\n')}\n\n-- \nUnsubscribe: ${unsubscribe}\n`
  return message(
    {
      from: sender.from,
      to: [to],
      subject,
      date,
      messageId: id,
      headers: [
        ['List-Id', `${sender.from.name} <news.${sender.from.address.split('@')[1]}>`],
        ['List-Unsubscribe', `<${unsubscribe}>, <mailto:unsubscribe@${sender.from.address.split('@')[1]}>`],
        ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
        ['Precedence', 'bulk'],
      ],
    },
    multipart('alternative', [text(asText), html(page)]),
  )
}

function image(site: string, id: string, n: number): string {
  return `<td width="180" valign="top"><img src="${site}/img/${id.slice(0, 6)}-${n}.jpg" width="180" height="130" alt="" style="display:block;border-radius:4px;background:#dde"></td>`
}
