// What the three write to one another and to the people they work with: conversations as they go in an office. Speakers are the letters A, B
// and C (the three in some order) and X (somebody outside); `file` is attached to that message.

export interface Turn {
  readonly by: 'A' | 'B' | 'C' | 'X'
  readonly text: string
  readonly file?: 'pdf' | 'picture' | 'csv' | 'docx' | 'zip' | 'text'
}

export interface Conversation {
  readonly subject: string
  readonly turns: readonly Turn[]
  readonly label?: 'Work' | 'Exhibition' | 'Budget' | 'Personal'
}

export const slots = {
  object: [
    'the bridge telegraph',
    'the first-class menu cards',
    'the 1:50 model of the Normandie',
    'the lacquer panels',
    'the deck chairs',
    'the purser’s safe',
    'the lifeboat davits',
    'the engine-room gauges',
    'the stewardess uniforms',
    'the travel posters',
    'the wireless set',
    'the ship’s bell',
    'the passenger lists',
    'the smoking-room piano',
    'the children’s tea set',
  ],
  room: [
    'Hall B',
    'the mezzanine',
    'the rope loft',
    'the north gallery',
    'the old pump house',
    'room 2.14',
    'the lecture theatre',
    'the foyer',
  ],
  day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'],
  time: ['9:00', '9:30', '10:15', '11:00', '13:30', '14:00', '15:30', '16:15'],
  sum: ['€ 480', '€ 1,250', '€ 2,900', '€ 3,640', '€ 7,400', '€ 11,800', '€ 640', '€ 925'],
  count: ['12', '18', '24', '36', '40', '60', '85', '120', '240'],
  month: ['January', 'February', 'March', 'April', 'May', 'June', 'September', 'October', 'November'],
  ship: [
    'Normandie',
    'Rex',
    'Bremen',
    'Mauretania',
    'Nieuw Amsterdam',
    'Île de France',
    'Asama Maru',
    'Stockholm',
    'Conte di Savoia',
  ],
} as const

export const conversations: readonly Conversation[] = [
  {
    subject: 'Case for {{object}}',
    label: 'Exhibition',
    turns: [
      {
        by: 'A',
        text: 'Hi {{B}},\n\nthe conservator measured {{object}} again and we are [[four|six|eleven]] centimetres over what the standard case allows. [[Could we turn it by ninety degrees?|Would the taller case from the last show still be in {{room}}?]] I would rather not order a new one in {{month}}, the carpenter already quoted {{sum}} for the plinth alone.\n\nThe climate people want an answer by {{day}}.',
      },
      {
        by: 'B',
        text: 'The tall one is in {{room}}, but somebody put a foot through the back panel. [[I can have it replaced by {{day}}.|Glass would be {{sum}}, acrylic about half of that.]]\n\nTurning it works for me as long as {{C}} is happy with the sight line from the door.',
      },
      {
        by: 'C',
        text: 'Sight line is fine, I checked with a cardboard box and two patient visitors.\n\nWhat I do not like is the reflection from the skylight after [[two|three]] in the afternoon. A blind on that one pane would do.',
      },
      { by: 'A', text: 'Then: old case, acrylic back, one blind. I will write that into the plan. Thank you both!' },
    ],
  },
  {
    subject: 'Loan agreement: {{object}}',
    label: 'Exhibition',
    turns: [
      {
        by: 'X',
        text: 'Dear {{A}},\n\nplease find attached the draft agreement for the loan of {{object}} for your exhibition. The period runs until the end of {{month}}, with an option of [[six|eight]] more weeks.\n\nTwo points our registrar asks me to mention: transport has to be by a fine-art carrier, and we need a facility report for {{room}} that is not older than a year.\n\nKind regards',
        file: 'pdf',
      },
      {
        by: 'A',
        text: 'Dear {{X}},\n\nmany thanks, that reads very well. I have asked {{B}} for the facility report; the last one is from spring, so we should be within the year.\n\nOne question: paragraph 7 asks for insurance “nail to nail” at {{sum}}. Is that per object or for the whole group?',
      },
      { by: 'X', text: 'For the whole group, sorry, that could be clearer. I will have it reworded.' },
      {
        by: 'B',
        text: 'Facility report attached. The humidity log has a gap of two days in {{month}}, when the logger’s battery gave up; the numbers before and after are calm.',
        file: 'pdf',
      },
      {
        by: 'X',
        text: 'That will do nicely, thank you {{B}}. Countersigned copy goes into the post [[today|tomorrow]].',
      },
    ],
  },
  {
    subject: 'Lunch on {{day}}?',
    turns: [
      {
        by: 'A',
        text: '[[The Quayside has its fish pie again.|There is a new noodle place behind the customs house.]] {{day}}, half past twelve? {{C}} is coming too.',
      },
      {
        by: 'B',
        text: 'Count me in. I have the electrician until a quarter past, so order the [[pie|dumplings]] for me if I am late.',
      },
      { by: 'C', text: 'Table for three is booked, by the window.' },
    ],
  },
  {
    subject: 'Numbers for the {{month}} report',
    label: 'Budget',
    turns: [
      {
        by: 'A',
        text: 'Hello both,\n\nattached are visitors and shop takings for {{month}}. [[Schools are up by a fifth|Families are down a little]], groups are as always, and the café has {{sum}} more than planned, which I suspect is the cake.\n\nCould you each look at your lines before I send this to the council on {{day}}?',
        file: 'csv',
      },
      {
        by: 'B',
        text: 'Mine are right except electricity: the second invoice is for last quarter. {{sum}} should move there.',
      },
      {
        by: 'C',
        text: 'Looks right to me. The print run of the leaflets is missing, {{sum}} for {{count}} hundred. Zoë’s invoice came only yesterday.',
      },
      { by: 'A', text: 'Both corrected, new version attached, and off it goes.', file: 'csv' },
    ],
  },
  {
    subject: 'Panel texts, second round',
    label: 'Exhibition',
    turns: [
      {
        by: 'C',
        text: 'Dear all,\n\nhere are the panel texts for {{room}}. I have cut each to {{count}} words, and where I could not, I made two panels of it. [[The one on emigration still sounds like an encyclopaedia.|I am not sure about the opening sentence on the {{ship}}.]]\n\nPlease be merciless until {{day}}.',
        file: 'docx',
      },
      {
        by: 'A',
        text: 'Merciless it is:\n\n- Panel 3: “iconic” twice. Once is too often.\n- Panel 5: I would start with the stoker and not with the shipping line.\n- Panel 8: lovely, do not touch it.\n\nThe {{ship}} sailed in {{month}}, by the way, I have the newspaper here.',
      },
      {
        by: 'B',
        text: 'I read them standing up at two metres, as a visitor would. Everything above {{count}} words I skipped, I am afraid. The short ones work really well.',
      },
      {
        by: 'C',
        text: 'Stoker first, iconic gone, and I will split panel 6. Thank you, this is so much better than “looks good”.',
      },
    ],
  },
  {
    subject: 'Network cabinet in {{room}}',
    label: 'Work',
    turns: [
      {
        by: 'B',
        text: 'For information: on {{day}} from {{time}} the network in {{room}} will be off for about [[half an hour|an hour]]. We are moving the cabinet away from the radiator that it has been leaning on for nine years.\n\nTill and door counters keep working, the audio guides will not.',
      },
      {
        by: 'A',
        text: 'There is a school class at {{time}}, {{count}} children with audio guides. Could it be after lunch?',
      },
      { by: 'B', text: 'After lunch it is. 14:00 to 14:30, and I will bring biscuits for anybody who has to wait.' },
    ],
  },
  {
    subject: 'Transport of {{object}}',
    label: 'Exhibition',
    turns: [
      {
        by: 'X',
        text: 'Good morning {{A}},\n\nour van could collect {{object}} on {{day}} at {{time}}. The crate is [[1.20 × 0.80 × 0.95 m|2.10 × 0.60 × 0.70 m]] and needs two people and a tail lift at your end. Please confirm that the gate at the quay is wide enough, the last time we had to carry.\n\nPrice as agreed, {{sum}} including the courier’s ticket.',
      },
      {
        by: 'A',
        text: 'Good morning {{X}},\n\n{{day}} suits us. The gate opens 2.40 m since they moved the bollard; {{B}} will be there with the fork lift. The courier can have the small office next to {{room}} to write her condition report.',
      },
      {
        by: 'B',
        text: 'Confirmed. Please ask the driver to ring me ten minutes before, the barrier code changes at noon.',
      },
      { by: 'X', text: 'Will do. Tracking and the driver’s number are in the attached note.', file: 'text' },
    ],
  },
  {
    subject: 'Photos from {{room}}',
    turns: [
      {
        by: 'C',
        text: 'Three from this afternoon, with the new lamps. [[The second shows what I mean about the shadow.|I think the warm ones win.]]',
        file: 'picture',
      },
      {
        by: 'A',
        text: 'Oh, that is beautiful. The warm ones, without any doubt. May I use the [[first|third]] for the newsletter?',
      },
      { by: 'C', text: 'Of course. The full-size files are in the zip.', file: 'zip' },
    ],
  },
  {
    subject: 'School programme: {{count}} places',
    label: 'Work',
    turns: [
      {
        by: 'X',
        text: 'Dear {{A}},\n\nafter the holidays we would like to come with two classes, {{count}} children of nine and ten. Last year they spoke about the Morse key for weeks. Would a {{day}} in {{month}} be possible, and is there somewhere to eat sandwiches if it rains?',
      },
      {
        by: 'A',
        text: 'Dear {{X}},\n\nwith pleasure. I have put you down for the second {{day}} in {{month}}, {{time}}, both classes one after the other. Sandwiches in {{room}}, where nothing can be hurt.\n\n{{C}} will send you the little task sheet, so that they can prepare their names in Morse.',
      },
      { by: 'C', text: 'Here it is, in colour and in black and white for the copier. Have fun with it!', file: 'pdf' },
      {
        by: 'X',
        text: 'Perfect, thank you. One boy is called Maximilian and has already complained about the length of his.',
      },
    ],
  },
  {
    subject: 'Quotation for the lighting of {{room}}',
    label: 'Budget',
    turns: [
      {
        by: 'X',
        text: 'Dear {{B}},\n\nthank you for showing me round. Our offer for {{count}} spots on track, dimmable, with commissioning, is attached and comes to {{sum}} plus VAT. Delivery takes [[four|six]] weeks from order.\n\nIf you keep the existing track, we can take {{sum}} off.',
        file: 'pdf',
      },
      {
        by: 'B',
        text: '{{A}}, what do you think? Keeping the track means that two lamps will always point at the fire extinguisher.',
      },
      {
        by: 'A',
        text: 'It is a handsome fire extinguisher, but no. Take the new track and I will find the difference in the {{month}} budget. Please get a second offer before you sign, the council asks for one above € 5,000.',
      },
      {
        by: 'B',
        text: 'Second offer is in, [[€ 300 dearer and two weeks later|cheaper, but without commissioning]]. Ordering the first.',
      },
    ],
  },
  {
    subject: 'Who has the key to {{room}}?',
    turns: [
      { by: 'B', text: 'Number 14 is not on its hook. I have a plumber standing here.' },
      { by: 'C', text: 'In my coat. In my other coat. I am on my way.' },
      { by: 'A', text: 'There is a spare in the cash desk, top drawer, under the lost property mittens.' },
      { by: 'B', text: 'Found it. The plumber has had coffee and is now in favour of us.' },
    ],
  },
  {
    subject: 'Minutes of the {{day}} meeting',
    label: 'Work',
    turns: [
      {
        by: 'A',
        text: 'Hello all,\n\nshort minutes:\n\n1. Opening stays in {{month}}. Invitations go to print next week ({{C}}).\n2. {{object}}: waiting for the conservator, answer promised for {{day}}.\n3. {{room}}: floor will be sanded, closed for two days ({{B}}).\n4. Volunteers: {{count}} have signed up, we need as many again.\n\nNext meeting {{day}}, {{time}}, and please bring the risk list.',
      },
      {
        by: 'C',
        text: 'Thank you. To 1: I need the final list of partners’ logos before that, at least three people believe that they are partners.',
      },
      { by: 'B', text: 'To 3: it will be three days, the varnish has an opinion.' },
    ],
  },
  {
    subject: 'Poster draft “{{ship}}”',
    label: 'Exhibition',
    turns: [
      {
        by: 'C',
        text: 'Two directions for the poster. One is all sea and a very small ship, the other the bow from below, which everybody has done since 1935, for good reasons.\n\nI lean towards the small ship. Tell me if I am in love with an idea that nobody else will see from a tram.',
        file: 'picture',
      },
      {
        by: 'A',
        text: 'Small ship! It has quiet and makes one curious. Could the date be a size larger? My mother is the test.',
      },
      {
        by: 'B',
        text: 'Small ship from me too. Does it still work in one colour? The tram company prints the side panels in blue only.',
      },
      { by: 'C', text: 'It does, better even. Larger date it is. Proof comes from the printer on {{day}}.' },
      { by: 'A', text: 'Wonderful. Print it.' },
    ],
  },
  {
    subject: 'Sick today',
    turns: [
      {
        by: 'B',
        text: 'I have what my children had last week and stay in bed. The lift inspection at {{time}} can be done by anybody who can hold a lamp; the papers are in the red folder.',
      },
      { by: 'A', text: 'Get well! {{C}} and I drew lots and she holds the lamp.' },
      {
        by: 'C',
        text: 'Lamp was held. The lift passed. The inspector says the cable is “in better shape than most of my customers”.',
      },
    ],
  },
  {
    subject: 'Backup of the collection database',
    label: 'Work',
    turns: [
      {
        by: 'B',
        text: 'The nightly copy failed on {{day}} because the disk in {{room}} was full: [[a folder called “final final”|the drone videos]] had grown to 400 GB. I moved it, and last night’s copy is complete; I restored {{count}} records from it as a test.\n\nFrom now on we get a mail at 80 %.',
      },
      {
        by: 'A',
        text: 'Thank you for testing the restore. That sentence made me sleep better than the backup ever did.',
      },
      { by: 'C', text: 'The folder is mine. I am sorry, and I will sort it on {{day}}.' },
    ],
  },
  {
    subject: 'Offer for {{object}}',
    turns: [
      {
        by: 'X',
        text: 'Hello {{A}},\n\nwhile clearing my father’s workshop we found something that he always said came from the {{ship}}: {{object}}, or part of it, with a brass number. I would like it to go to you and not to a dealer. A picture is attached; I can bring it by on {{day}}.',
        file: 'picture',
      },
      {
        by: 'A',
        text: 'Dear {{X}},\n\nwhat a find, and what a kind thought. The number fits the refit of {{month}} 1934. Please do come, {{time}} would be good, and bring anything on paper as well, even if it seems nothing to you.\n\n{{B}} will be there too, he knows every rivet of the {{ship}}.',
      },
      { by: 'B', text: 'Only the rivets on the port side. Looking forward to it!' },
    ],
  },
  {
    subject: 'Train to {{ship}} symposium',
    turns: [
      {
        by: 'C',
        text: 'I would take the {{time}} on {{day}}, one change, there by lunch. Shall I book for all of us? With the group fare it is {{sum}} for three, there and back.',
      },
      { by: 'A', text: 'Yes please, with seats at a table. I still have to write half of my talk.' },
      { by: 'B', text: 'For me too. Back on the last train, if the dinner is as good as two years ago.' },
      { by: 'C', text: 'Booked, tickets attached. {{A}} has the window and the socket.', file: 'pdf' },
    ],
  },
  {
    subject: 'Correction on the website',
    label: 'Work',
    turns: [
      {
        by: 'X',
        text: 'Dear museum,\n\non your page about the {{ship}} the length is given as {{count}} metres. It should be the length between perpendiculars, the overall length was greater by some twenty metres. I served on her sister.\n\nWith best wishes from an old third officer',
      },
      {
        by: 'A',
        text: 'Dear {{X}},\n\nyou are right of course, and we are grateful. It has been corrected, with both figures. If you would ever care to tell us about your time aboard, our recording room (which is {{room}} with a carpet) is free most {{day}}s.',
      },
      {
        by: 'X',
        text: 'That would give me great pleasure. I shall bring my discharge book and my wife, who remembers more.',
      },
    ],
  },
  {
    subject: 'Interns in {{month}}',
    label: 'Work',
    turns: [
      {
        by: 'A',
        text: 'We can take one more for {{month}}. Three applications are left; my favourite is the one who wrote about rope. Opinions, please, by {{day}}?',
        file: 'zip',
      },
      { by: 'C', text: 'Rope, clearly. And she can draw, look at page two.' },
      { by: 'B', text: 'Rope.' },
      { by: 'A', text: 'Rope starts on the first.' },
    ],
  },
  {
    subject: 'Noise in {{room}}',
    turns: [
      {
        by: 'C',
        text: 'Since [[this morning|yesterday]] there is a humming in {{room}}, about a low A flat. Visitors think it belongs to the ship’s engine and praise it.',
      },
      {
        by: 'B',
        text: 'That is the dehumidifier, the rubber feet are gone. Feet come on {{day}}. Until then please accept the praise.',
      },
    ],
  },
  {
    subject: 'Insurance value of {{object}}',
    label: 'Budget',
    turns: [
      {
        by: 'A',
        text: '{{C}}, the insurer asks for the current value of {{object}}. The old list says {{sum}}, from before the auction in {{month}}. Do you have the catalogue at hand?',
      },
      {
        by: 'C',
        text: 'I do. Comparable pieces went for {{sum}} and a bit more, in worse condition. I would say {{sum}} and let them argue.',
      },
      { by: 'A', text: 'Done, with the catalogue page attached for them. Thank you!', file: 'pdf' },
    ],
  },
  {
    subject: 'Friday evening',
    label: 'Personal',
    turns: [
      {
        by: 'B',
        text: 'We are [[making too much chili|trying the new grill|showing slides from the ferry trip, you have been warned]] on Friday from seven. Bring nothing but yourselves, and a chair if you insist on sitting.',
      },
      { by: 'C', text: 'With joy. I bring a chair and a salad that nobody asked for.' },
      { by: 'A', text: 'I will be late, theatre with my aunt, but I come. Keep me a plate.' },
      { by: 'B', text: 'Plate is kept.' },
    ],
  },
  {
    subject: 'Touch screen of station {{count}}',
    label: 'Work',
    turns: [
      {
        by: 'C',
        text: 'Station {{count}} believes that somebody is touching it in the lower left corner, all the time. It has ordered the Morse quiz {{count}} times since opening.',
      },
      {
        by: 'B',
        text: 'Restarted it from here, no change. I will swap the panel on {{day}} before we open. A sticky-note on the corner helps until then, honestly.',
      },
      { by: 'C', text: 'Sticky-note works. Under it was jam.' },
    ],
  },
  {
    subject: 'Draft of the grant application',
    label: 'Budget',
    turns: [
      {
        by: 'A',
        text: 'Here is the draft for the council’s cultural fund. We ask for {{sum}} for the digitisation of {{object}} and of {{count}} boxes of paper. The weak part is “measurable outcomes”. I can measure boxes; I cannot measure astonishment.\n\nDeadline is {{day}} noon.',
        file: 'docx',
      },
      {
        by: 'C',
        text: 'Outcomes: {{count}} boxes scanned, searchable by name of passenger. People will come and look for their grandparents. I put that in as a sentence, with a figure from the last open day.',
      },
      {
        by: 'B',
        text: 'Costs are fine. I added disks, they always forget disks. And two copies in two places, or it is no archive.',
      },
      {
        by: 'X',
        text: 'Dear {{A}},\n\nthank you, your application has arrived complete and in time. The panel meets in {{month}}.',
      },
      { by: 'A', text: 'Fingers crossed, then. Cake in {{room}} at {{time}}.' },
    ],
  },
]
