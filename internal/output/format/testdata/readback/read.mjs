// Reads a Parquet file with hyparquet, another implementation than ours, and
// prints its table as read.py does. Arguments: the folder of hyparquet, the file.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

const { parquetMetadata, parquetReadObjects } = await import(pathToFileURL(join(process.argv[2], 'src', 'index.js')))
const bytes = readFileSync(process.argv[3])
const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
const fields = parquetMetadata(file).schema.slice(1)
const head = fields.map((field) => field.name)
const types = fields.map((field) => [field.type, field.converted_type, field.repetition_type].filter(Boolean).join(' '))
const rows = await parquetReadObjects({ file })
const text = (v) => (v === null || v === undefined ? null : v instanceof Date ? v.toISOString() : String(v))
process.stdout.write(JSON.stringify({ head, types, rows: rows.map((row) => head.map((name) => text(row[name]))) }))
