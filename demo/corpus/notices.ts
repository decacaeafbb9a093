// What machines send to people: receipts, tickets, parcels, build results, calendar invitations, delivery failures. And what nobody asked for.

import { pdf } from './files.ts'
import { attachment, enclosed, html, message, multipart, plain, rfc5322Date, text } from './mime.ts'
import type { Person } from './people.ts'
import { expand, type Random } from './random.ts'

type Values = Readonly<Record<string, string>>

const shops = [
  {
    name: 'Quayside Hardware',
    address: 'orders@quayside-hardware.example',
    goods: [
      'Brass screws 3×12, 200 pcs',
      'Wood glue, 500 g',
      'Felt pads, round',
      'LED lamp E27, warm',
      'Sanding paper, mixed',
    ],
  },
  {
    name: 'Lantern Books',
    address: 'shop@lantern-books.example',
    goods: [
      'The Last Crossing',
      'A Field Guide to Knots',
      'Steam and Silk: Liners of the Thirties',
      'The Cook’s Pocket Atlas',
      'Notebook, squared, A5',
    ],
  },
  {
    name: 'Greenleaf Market',
    address: 'receipt@greenleaf-market.example',
    goods: ['Vegetable box, medium', 'Coffee, whole bean, 1 kg', 'Olive oil, 0.75 l', 'Rye bread', 'Apples, 2 kg'],
  },
] as const

export function receipt(to: Person, date: Date, id: string, random: Random): Buffer {
  const shop = random.pick(shops)
  const nextGood = random.deck<string>(shop.goods)
  const lines = Array.from({ length: random.int(1, 4) }, () => ({
    good: nextGood(),
    count: random.int(1, 3),
    cents: random.int(290, 4_900),
  }))
  const total = lines.reduce((sum, line) => sum + line.count * line.cents, 0)
  const euro = (cents: number) => `€ ${(cents / 100).toFixed(2)}`
  const number = `${random.int(10, 99)}-${random.int(100_000, 999_999)}`
  const rows = lines.map(
    (line) =>
      `<tr><td style="padding:6px 12px 6px 0">${line.count} × ${line.good}</td><td align="right">${euro(line.count * line.cents)}</td></tr>`,
  )
  const page = `<table width="520" align="center" cellpadding="0" cellspacing="0" style="font:15px/1.5 Arial,sans-serif;color:#222"><tr><td style="padding:24px">
<h1 style="font-size:20px;margin:0 0 4px">${shop.name}</h1><p style="margin:0 0 20px;color:#777">Order ${number} · ${date.toISOString().slice(0, 10)}</p>
<p>Dear ${to.name}, thank you for your order. It leaves our house tomorrow.</p>
<table width="100%" style="border-top:1px solid #ddd;border-bottom:1px solid #ddd">${rows.join('')}<tr><td style="padding:10px 0"><b>Total</b></td><td align="right"><b>${euro(total)}</b></td></tr></table>
<p style="color:#777;font-size:13px">Paid by card ending in ${random.int(1000, 9999)}. Returns within 30 days.</p></td></tr></table>`
  const asText = `${shop.name}\nOrder ${number}\n\n${lines.map((line) => `${line.count} x ${line.good}  ${euro(line.count * line.cents)}`).join('\n')}\n\nTotal ${euro(total)}\n`
  const body = multipart('alternative', [text(asText), html(page)])
  const invoice = pdf(`Invoice-${number}.pdf`, `${shop.name}: invoice ${number}`, [
    to.name,
    '',
    ...asText.split('\n').slice(3),
  ])
  return message(
    { from: shop, to: [to], subject: `Your order ${number} at ${shop.name}`, date, messageId: id },
    random.chance(0.6) ? multipart('mixed', [body, attachment(invoice)]) : body,
  )
}

const notices: readonly { readonly from: Person; readonly subject: string; readonly text: string }[] = [
  {
    from: { name: 'Parcel Express', address: 'no-reply@parcel-express.example' },
    subject: 'Your parcel arrives on {{day}}',
    text: 'Hello {{owner}},\n\nyour parcel {{number}} from [[Lantern Books|Quayside Hardware|Modelers’ Yard]] will be delivered on {{day}} between {{time}} and 18:00.\n\nNot at home? Choose a neighbour or a locker: https://parcel-express.example/t/{{number}}\n',
  },
  {
    from: { name: 'Northlight Rail', address: 'tickets@northlight-rail.example' },
    subject: 'Your ticket {{number}}',
    text: 'Booking {{number}}\n\n{{day}}, departure {{time}}, coach {{coach}}, seat {{seat}}\n1 adult, {{sum}}\n\nPlease show the code in the app or on paper. Have a good journey!\n',
  },
  {
    from: { name: 'Build Server', address: 'ci@builds.example.test' },
    subject: '[collection-db] Build #{{number}} [[passed|passed|passed|failed: 2 tests]]',
    text: 'Project: collection-db\nBranch: main\nCommit: {{hex}} by Bob Keller\n\nSee https://builds.example.test/collection-db/{{number}}\n',
  },
  {
    from: { name: 'Door Counter', address: 'counter@sensors.example.test' },
    subject: 'Visitors on {{day}}: {{count}}',
    text: 'Main entrance: {{count}}\nQuay entrance: {{coach}}\nBusiest hour: {{time}}\n\nBattery 8{{seat}} %, next report tomorrow.\n',
  },
  {
    from: { name: 'City Library', address: 'loans@city-library.example' },
    subject: 'Due on {{day}}: “[[The Stoker’s Daughter|Harbour Lights|A History of Rope]]”',
    text: 'Dear {{owner}},\n\none item on your card is due on {{day}}. You can renew it twice, unless somebody is waiting for it.\n\nYour library\n',
  },
  {
    from: { name: 'Tasks', address: 'tasks@boards.example.test' },
    subject:
      '[[Carol Nakamura|Bob Keller|Alice Laurent]] assigned you “{{object}}: [[photograph|measure|clean|label]]”',
    text: 'Board: Exhibition\nColumn: This week\nDue: {{day}}\n\nOpen the card: https://boards.example.test/c/{{number}}\n',
  },
  {
    from: { name: 'Energy Cooperative', address: 'meter@energy-coop.example' },
    subject: 'Your statement for {{month}}',
    text: 'Dear member,\n\nyou used {{count}} kWh in {{month}}, {{coach}} % less than a year ago. The instalment stays at {{sum}}.\n\nThe roof of the rope works produced 1{{count}} kWh, of which a share of 3 % is yours.\n',
  },
]

export function notice(to: Person, date: Date, id: string, values: Values, random: Random): Buffer {
  const kind = random.pick(notices)
  return message(
    {
      from: kind.from,
      to: [to],
      subject: expand(kind.subject, random, values),
      date,
      messageId: id,
      headers: [['Auto-Submitted', 'auto-generated']],
    },
    text(expand(kind.text, random, values)),
  )
}

/** RFC 6047: an invitation as its own part beside the text, and as a file for programs that look for one. */
export function invitation(
  from: Person,
  to: readonly Person[],
  sent: Date,
  startsAt: Date,
  id: string,
  values: Values,
  random: Random,
): Buffer {
  const what = expand(
    random.pick([
      'Walk through {{room}}',
      'Planning: {{object}}',
      'Interview with a volunteer',
      'Insurance call',
      'Tasting the opening menu',
    ]),
    random,
    values,
  )
  const where = expand('{{room}}', random, values)
  const stamp = (date: Date) => `${date.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
  const ics = [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Harbour Museum//Calendar//EN', 'METHOD:REQUEST', 'BEGIN:VEVENT'],
    ...[
      `UID:${id}`,
      'SEQUENCE:0',
      `DTSTAMP:${stamp(sent)}`,
      `DTSTART:${stamp(startsAt)}`,
      `DTEND:${stamp(new Date(startsAt.getTime() + 3_600_000))}`,
    ],
    ...[`SUMMARY:${what}`, `LOCATION:${where}`, `ORGANIZER;CN=${from.name}:mailto:${from.address}`],
    ...to.map((person) => `ATTENDEE;CN=${person.name};PARTSTAT=NEEDS-ACTION;RSVP=TRUE:\r\n mailto:${person.address}`),
    ...['STATUS:CONFIRMED', 'END:VEVENT', 'END:VCALENDAR', ''],
  ].join('\r\n')
  const when = rfc5322Date(startsAt, 60).slice(0, -9)
  return message(
    { from, to, subject: `Invitation: ${what}`, date: sent, messageId: id },
    multipart('mixed', [
      multipart('alternative', [
        text(`${from.name} invites you:\n\n${what}\n${when}\n${where}\n`),
        html(`<p>${from.name} invites you:</p><h2>${what}</h2><p>${when}<br>${where}</p>`),
        plain('text/calendar; charset=utf-8; method=REQUEST', ics),
      ]),
      attachment({ name: 'invite.ics', type: 'application/ics', bytes: Buffer.from(ics) }),
    ]),
  )
}

/** RFC 3464. `original` is what could not be delivered. */
export function bounce(to: Person, date: Date, id: string, recipient: string, original: Buffer): Buffer {
  const status = `Reporting-MTA: dns; mail.example.test\nArrival-Date: ${rfc5322Date(date, 60)}\n\nFinal-Recipient: rfc822; ${recipient}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <${recipient}>: Recipient address rejected: User unknown\n`
  const explanation = `This is the mail system at host mail.example.test.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n<${recipient}>: host mx.elsewhere.example said: 550 5.1.1 User unknown\n`
  return message(
    {
      from: { name: 'Mail Delivery System', address: 'MAILER-DAEMON@mail.example.test' },
      to: [to],
      subject: 'Undelivered Mail Returned to Sender',
      date,
      messageId: id,
      headers: [['Auto-Submitted', 'auto-replied']],
    },
    multipart(
      'report',
      [text(explanation), plain('message/delivery-status', status), enclosed(original)],
      '; report-type=delivery-status',
    ),
  )
}

const spam = [
  [
    'Congratulations!!! You have been selected',
    'Dear winner,\n\nyour address was drawn from {{count}}0,000 others for the sum of {{sum}}0,000. To claim reply with your name, your address and the colour of your front door.\n\nMr. Lawrence Goodfortune, Claims',
  ],
  [
    'RE: RE: Invoice {{number}} overdue',
    'Kindly find attached invoice for immediate payment by gift cards only. Do the needful.\n\nAccounts',
  ],
  [
    'Lose {{coach}} kg with this harbour fisherman’s trick',
    'Doctors are furious. Click before it is forbidden: http://slim-by-sea.example/?id={{hex}}',
  ],
  [
    'Your mailbox is allmost full',
    'Dear user,\n\nyour mail box have reached its limit and will be closed in 24 hour. Verify now: http://example-test-login.example/verify?u={{number}}\n\nIT Departement',
  ],
  [
    'Cheap ink, toner and happiness',
    'LOWEST PRICES on toner for ALL printers!!! Only until {{day}}.\n\nhttp://ink-ocean.example/{{hex}}',
  ],
  [
    'I am a widow with a ship',
    'Dearest one,\n\nmy late husband the captain left a vessel full of amber in your harbour. I trust you, because of your kind face on the website of the museum.\n\nMadame Celestine',
  ],
] as const

export function junk(to: Person, date: Date, id: string, values: Values, random: Random): Buffer {
  const [subject, body] = random.pick(spam)
  const from = {
    name: random.pick(['Claims Office', 'Support Team', 'Dr. Wellness', 'Account Service', 'Celestine']),
    address: `${random.int(1000, 9999)}@bulk-${random.int(10, 99)}.example`,
  }
  return message(
    {
      from,
      to: [to],
      subject: expand(subject, random, values),
      date,
      messageId: id,
      headers: [['X-Spam-Flag', 'YES']],
    },
    text(expand(body, random, values)),
  )
}
