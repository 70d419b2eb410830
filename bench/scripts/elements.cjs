// DuckDB: the table of a bundle's elements, from files that are here already.
const { DuckDBInstance } = require('@duckdb/node-api')

const files = ['eav.objects', 'eav.paths', 'eav.eav', 'eav.type_eav', 'eav.types', 'eav.object_type',
  'envelope.nodes', 'envelope.relations', 'envelope.rel_types', 'envelope.node_kinds']
const view = (file) => file.split('.')[1]

// cell is every property of every object; of one that its type has, too, the
// object's own counts.
const cell = `
  SELECT object_index, path_index, value_string, value_double, value_boolean, unit, 'instance' AS scope FROM eav
  UNION ALL
  SELECT o.object_index, t.path_index, t.value_string, t.value_double, t.value_boolean, t.unit, 'type'
  FROM object_type o JOIN type_eav t USING (type_index)
  ANTI JOIN eav e ON e.object_index = o.object_index AND e.path_index = t.path_index`

const tables = {
  rows: `
    SELECT o.application_id AS id, p.path, c.value_string AS text, c.value_double AS number, c.value_boolean AS boolean, c.unit, c.scope
    FROM (${cell}) c JOIN objects o USING (object_index) JOIN paths p USING (path_index)
    ORDER BY c.object_index`,
  doors: `
    WITH door AS (
      SELECT object_index FROM eav JOIN paths USING (path_index) WHERE path = 'category' AND value_string = 'Doors'
    ), wanted AS (
      SELECT path_index, split_part(path, '.', -1) AS name FROM paths
      WHERE path IN ('name', 'properties.Group 01.Parameter 012', 'properties.Group 00.Parameter 004', 'properties.Type Parameters.T01')
    ), wide AS (
      SELECT object_index, max(value_string) FILTER (name = 'name') AS name, max(value_double) FILTER (name = 'Parameter 012') AS area,
        max(value_string) FILTER (name = 'Parameter 004') AS note, max(value_string) FILTER (name = 'T01') AS kind
      FROM (${cell}) SEMI JOIN door USING (object_index) JOIN wanted USING (path_index) GROUP BY object_index
    ), level AS (
      SELECT src, string_agg(name, '; ' ORDER BY ord) AS level FROM relations JOIN nodes ON dst = id WHERE rel = 7 GROUP BY src
    ), room AS (
      SELECT src, string_agg(coalesce(value_string, application_id), '; ' ORDER BY ord) AS room
      FROM relations JOIN objects o ON dst = o.object_index
      LEFT JOIN (SELECT object_index, value_string FROM eav JOIN paths USING (path_index) WHERE path = 'name') n ON dst = n.object_index
      WHERE rel = 12 GROUP BY src
    ), host AS (
      SELECT src, string_agg(application_id, '; ' ORDER BY ord) AS host FROM relations JOIN objects ON dst = object_index WHERE rel = 22 GROUP BY src
    )
    SELECT o.application_id AS id, w.name, type_key AS type, level, room, host, area, note, kind
    FROM door JOIN objects o USING (object_index) LEFT JOIN wide w USING (object_index)
    LEFT JOIN object_type USING (object_index) LEFT JOIN types USING (type_index)
    LEFT JOIN level ON level.src = object_index LEFT JOIN room ON room.src = object_index LEFT JOIN host ON host.src = object_index
    ORDER BY object_index`,
}

async function main() {
  const connection = await (await DuckDBInstance.create()).connect()
  for (const file of files) {
    await connection.run(`CREATE VIEW ${view(file)} AS SELECT * FROM read_parquet('${process.env.BUNDLE}/v.${file}.parquet')`)
  }
  const what = process.argv[2]
  if (what === 'rewrite') { // the same bundle, as DuckDB writes parquet
    for (const file of files) {
      await connection.run(`COPY ${view(file)} TO 'v.${file}.parquet' (FORMAT parquet, COMPRESSION zstd)`)
    }
    return
  }
  await connection.run(`COPY (${tables[what]}) TO 'export.csv' (HEADER)`)
}
main().catch((err) => {
  console.error(String(err))
  process.exit(1)
})
