// What body-structure.ts reads: one node of BODYSTRUCTURE. The mail-store port's BodyNode is one; formats know no port.

export interface BodyStructureNode {
  readonly section: string
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  readonly contentId: string | null
  readonly encoding: string
  readonly size: number
  readonly disposition: { readonly type: string; readonly parameters: Readonly<Record<string, string>> } | null
  readonly language: readonly string[] | null
  readonly location: string | null
  readonly children: readonly BodyStructureNode[]
}
