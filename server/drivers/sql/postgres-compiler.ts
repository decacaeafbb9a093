// SQL for PostgreSQL where Kysely's is for one engine only: migrations say `blob`.

import { type DataTypeNode, PostgresQueryCompiler } from 'kysely'

export class PostgresBlobCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    if (node.dataType === 'blob') this.append('bytea')
    else super.visitDataType(node)
  }
}
