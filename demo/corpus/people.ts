// Who writes to whom: the three whose mailboxes these are, at a maritime museum that prepares an exhibition, and the world around them.

export interface Person {
  readonly name: string
  readonly address: string
}

export const people = {
  alice: { name: 'Alice Laurent', address: 'alice@example.test' },
  bob: { name: 'Bob Keller', address: 'bob@example.test' },
  carol: { name: 'Carol Nakamura', address: 'carol@example.test' },
} as const

export type Owner = keyof typeof people
export const owners = Object.keys(people) as Owner[]

export const firstName = (person: Person): string => person.name.replace(/^Dr\.? /, '').split(' ')[0] as string

export const outsiders: readonly Person[] = [
  { name: 'Priya Raman', address: 'priya.raman@northlight-transport.example' },
  { name: 'Siobhán O’Connell', address: 'siobhan@quaysidecafe.example' },
  { name: 'Henrik Sørensen', address: 'h.sorensen@maritime-archive.example' },
  { name: 'Grace Okafor', address: 'grace.okafor@citycouncil.example' },
  { name: 'Tomasz Wiśniewski', address: 't.wisniewski@gdynia-modelarz.example' },
  { name: 'Sam Whitfield', address: 'sam@whitfieldandsons.example' },
  { name: 'Maren Lüders', address: 'maren.lueders@werft-hansen.example' },
  { name: 'Jean-Baptiste Fournier', address: 'jb.fournier@atelier-fournier.example' },
  { name: 'Lucía Ortega Peña', address: 'lucia.ortega@puertosur.example' },
  { name: 'Amara Diallo', address: 'amara@harbourschool.example' },
  { name: 'Zoë van der Meer', address: 'zoe@vandermeer-print.example' },
  { name: 'Ned Ashworth', address: 'ned.ashworth@riggers-guild.example' },
]

export const friends: readonly Person[] = [
  { name: 'Jonas Lindqvist', address: 'jonas.lindqvist@post.example' },
  { name: 'Mia Castellano', address: 'mia.castellano@mailbox.example' },
  { name: 'Dev Patel', address: 'dev.p@inbox.example' },
  { name: 'Rosa Keller', address: 'rosa.keller@family.example' },
  { name: 'Uncle Theo', address: 'theo.laurent@family.example' },
  { name: 'Hannah Brandt', address: 'hannah@brandt.example' },
]
