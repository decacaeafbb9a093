// SQL for MariaDB where Kysely's is for one engine only, so that stores and migrations are written once: `text` of any length, keys
// that compare octet by octet as on the other engines, and ON CONFLICT.

import {
  type CreateTableNode,
  type DataTypeNode,
  MysqlQueryCompiler,
  type OnConflictNode,
  type ReferenceNode,
} from 'kysely'

export class MariadbQueryCompiler extends MysqlQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    // 64 kB is less than a signature with an image; 16 MB is what a packet holds.
    if (node.dataType === 'text') this.append('mediumtext')
    else if (node.dataType === 'blob') this.append('mediumblob')
    else super.visitDataType(node)
  }

  protected override visitCreateTable(node: CreateTableNode): void {
    super.visitCreateTable(node)
    // nopad: else 'a' and 'a ' are one key here and two elsewhere.
    this.append(' engine = InnoDB default character set utf8mb4 collate utf8mb4_nopad_bin')
  }

  protected override visitReference(node: ReferenceNode): void {
    if (node.table?.table.identifier.name === 'excluded') {
      this.append('values(')
      this.visitNode(node.column)
      this.append(')')
    } else super.visitReference(node)
  }

  /** Any unique key of the table counts, not only the columns named: MariaDB has no other form. */
  protected override visitOnConflict(node: OnConflictNode): void {
    this.append('on duplicate key update ')
    if (node.updates && !node.updateWhere) {
      this.compileList(node.updates)
      return
    }
    const [column] = node.columns ?? []
    if (!node.doNothing || !column) throw new Error('only ON CONFLICT (columns) DO NOTHING or DO UPDATE SET')
    this.visitNode(column)
    this.append(' = ')
    this.visitNode(column)
  }
}
