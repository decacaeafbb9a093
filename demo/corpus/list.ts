// A mailing list for builders of ship models, as Mailman sends it: long threads among strangers, List-Id, List-Unsubscribe, footers.

import type { Person } from './people.ts'

export const LIST = {
  name: 'Model Shipwrights',
  id: 'modelships.lists.example.org',
  address: 'modelships@lists.example.org',
  tag: '[modelships]',
}

export const members: readonly Person[] = [
  { name: 'Walt Brannigan', address: 'walt.b@keelson.example' },
  { name: 'Ingrid Åkesson', address: 'ingrid@akesson.example' },
  { name: 'Pete "Two Decks" Mallory', address: 'pete@mallory.example' },
  { name: 'Yuki Hayashi', address: 'yhayashi@plank.example' },
  { name: 'Bernd Thalheim', address: 'thalheim@modellbau.example' },
  { name: 'Frances Oyelaran', address: 'frances.o@halyard.example' },
  { name: 'Marco Bellini', address: 'marco.bellini@cantiere.example' },
  { name: 'old_salt', address: 'old_salt@tidewater.example' },
  { name: 'Katrien De Smet', address: 'katrien@desmet.example' },
]

export const listThreads: readonly { readonly subject: string; readonly turns: readonly string[] }[] = [
  {
    subject: 'Bending planks without an iron',
    turns: [
      'Has anyone had luck bending [[pear|walnut|boxwood]] planks with nothing but hot water and patience? My iron died in the middle of the second belt and the shop is closed until {{day}}.',
      'Ammonia, ten minutes, and do it outdoors. The neighbours will think that you are cleaning windows.',
      'A hair-straightener. I am entirely serious. Mine has a temperature dial and cost less than a sheet of plywood.',
      'Seconding the hair-straightener. My daughter is not.',
      'Report: straightener works, planks are on, daughter has been compensated. Thanks all.',
    ],
  },
  {
    subject: 'Source for 0.{{count}} mm brass wire',
    turns: [
      'The firm that I always bought from has retired. Who still sells soft brass wire below half a millimetre in lengths, not on reels?',
      'Jewellers’ suppliers. Ask for “half-hard” and say nothing about ships, or the price doubles.',
      'I can send you five metres, I ordered for three lifetimes.',
      'That is very kind, address follows off-list.',
    ],
  },
  {
    subject: 'Rigging thread: cotton, linen or polyester?',
    turns: [
      'I know, I know. But the archive has nothing newer than 2009 and there are new threads since then. What do you use for running rigging at 1:{{count}}?',
      'Linen, as long as it lasts. I have not found good linen since the mill closed.',
      'Polyester, rope-walked. It does not fuzz and will be there when the hull has gone.',
      'Cotton, waxed, because my grandfather did so. This is not an argument, only an answer.',
      'Museum hat on: polyester. Linen turns brown and brittle in about sixty years, and we then have to explain it to the owner’s children.',
      'Thank you. I have now bought all three.',
    ],
  },
  {
    subject: 'Portholes for the {{ship}}',
    turns: [
      'I need about {{count}} identical portholes, 3 mm, with a rim. Turning them one by one will take until I am {{count}}. Etched brass?',
      'Eyelets from a shoe-repair shop, flattened. Nobody has ever noticed.',
      'I noticed, Pete. At the show in spring. I was too polite.',
      'Etching is easy if you have a printer and a stomach for ferric chloride. I can share my drawing.',
      'Yes please to the drawing!',
    ],
  },
  {
    subject: 'Show report and pictures',
    turns: [
      'Back from the show with sore feet. {{count}} models on the tables, a very fine {{ship}} in bottle-size, and one radio-controlled ferry that served coffee. Best in class went to a lady of nineteen with her first model ever.',
      'The coffee was cold but the docking was perfect.',
      'Pictures please, some of us have knees.',
      'They are on the usual page now. Sorry for the delay, real life.',
    ],
  },
  {
    subject: 'CA glue and fogged windows',
    turns: [
      'My bridge windows have gone milky over night. CA fumes, I suppose. Anything short of cutting them out?',
      'Floor polish, brushed on the inside, works as long as the fog is thin.',
      'Next time white glue. This time, curtains.',
      'Curtains it is. The captain values his privacy.',
    ],
  },
  {
    subject: 'Plans of the {{ship}}: two different sheer lines',
    turns: [
      'The yard drawing and the one in the museum shop differ by 4 mm at the bow at 1:100. Which would you trust?',
      'The photograph. Always the photograph. Drawings are wishes.',
      'The yard drawing, but check the date: many were redrawn after the refit.',
      'Date is after the refit. And the photograph agrees with the museum. Thank you, I shall sleep again.',
    ],
  },
  {
    subject: 'Introducing myself',
    turns: [
      'Hello, I am new here. Retired nurse, two left hands, and since last week owner of a kit with {{count}} pages of instructions in a language that I do not read. Where should I start?',
      'Welcome! Start with page one and a cup of tea. Post pictures, ask everything.',
      'Welcome aboard. Do not glue anything on the first evening.',
      'Welcome. A nurse with two left hands has steadier ones than most of us.',
      'What a friendly harbour this is. First frame is glued (second evening).',
    ],
  },
  {
    subject: 'Paint match: buff funnels, 1930s',
    turns: [
      'What do you mix for the buff of the funnels? Everything I try looks like custard.',
      'Four parts cream, one leather brown, a sneeze of grey. Scale effect matters more than the formula.',
      'It *did* look like custard. There is a purser’s diary that says so.',
      'A citation! Custard stays, then.',
    ],
  },
  {
    subject: 'List housekeeping',
    turns: [
      'Dear all, a reminder: please trim your quotes, keep attachments below 1 MB, and no politics except about the correct colour of lifeboats.',
      'White.',
      'Here we go again.',
    ],
  },
]
