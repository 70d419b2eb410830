package format

import (
	"strconv"
	"strings"
)

// sheetPlan is what is known of a sheet before its records are read.
type sheetPlan struct {
	number  int // from 1
	records int
	columns int
}

func (s sheetPlan) part() string      { return "xl/worksheets/sheet" + strconv.Itoa(s.number) + ".xml" }
func (s sheetPlan) tablePart() string { return "xl/tables/table" + strconv.Itoa(s.number) + ".xml" }

// name is "Records", "Records 2" and so on.
func (s sheetPlan) name() string {
	if s.number == 1 {
		return "Records"
	}
	return "Records " + strconv.Itoa(s.number)
}

// table reports whether the sheet is one: a table has columns.
func (s sheetPlan) table() bool { return s.columns > 0 }

func (s sheetPlan) relations() string {
	return "xl/worksheets/_rels/sheet" + strconv.Itoa(s.number) + ".xml.rels"
}

func (s sheetPlan) tableRelation() string {
	return relation(tableID, "table", "../tables/table"+strconv.Itoa(s.number)+".xml")
}

// tableID is the table's relation in its sheet.
const tableID = "rId1"

// Namespaces of a workbook's files.
const (
	xmlHead      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	xmlMain      = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	xmlRelations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	xmlPackage   = "http://schemas.openxmlformats.org/package/2006/"

	relationsHead = xmlHead + `<Relationships xmlns="` + xmlPackage + `relationships">`
	relationsEnd  = `</Relationships>`
)

// Styles, as the table of cellXfs in xlsxStyles has them.
const (
	xlsxHead       = ` s="1"`
	xlsxDate       = ` s="2"` // with its time
	xlsxDay        = ` s="3"` // a date alone
	xlsxLink       = ` s="4"`
	xlsxQuoted     = ` s="5"` // text that stays text when it is edited
	xlsxBool       = ` s="6"`
	xlsxWhole      = ` s="7"` // a whole number that would be shown as 1.2E+11
	xlsxLines      = ` s="8"` // text of several lines
	xlsxLineQuoted = ` s="9"`
)

// xlsxStyles has a format for booleans, which LibreOffice shows as 1 and 0
// without, and Excel as it should with and without.
const xlsxStyles = `<styleSheet xmlns="` + xmlMain + `">` +
	`<numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/>` +
	`<numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/>` +
	`<numFmt numFmtId="166" formatCode="&quot;TRUE&quot;;&quot;TRUE&quot;;&quot;FALSE&quot;"/></numFmts>` +
	`<fonts count="3"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>` +
	`<font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="Calibri"/><family val="2"/></font>` +
	`<font><u/><sz val="11"/><color rgb="FF0563C1"/><name val="Calibri"/><family val="2"/></font></fonts>` +
	`<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>` +
	`<fill><patternFill patternType="solid"><fgColor rgb="FF1F4E79"/><bgColor indexed="64"/></patternFill></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"><alignment vertical="top"/></xf>` +
	`<xf numFmtId="0" fontId="2" fillId="0" borderId="0" applyFont="1"><alignment vertical="top"/></xf></cellStyleXfs><cellXfs count="10">` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment vertical="top"/></xf>` +
	`<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1" applyAlignment="1">` +
	`<alignment vertical="center"/></xf>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">` +
	`<alignment horizontal="left" vertical="top"/></xf>` +
	`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">` +
	`<alignment horizontal="left" vertical="top"/></xf>` +
	`<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="1" applyFont="1" applyAlignment="1"><alignment vertical="top"/></xf>` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyAlignment="1"><alignment vertical="top"/></xf>` +
	`<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">` +
	`<alignment horizontal="center" vertical="top"/></xf>` +
	`<xf numFmtId="1" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top"/></xf>` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyAlignment="1">` +
	`<alignment vertical="top" wrapText="1"/></xf></cellXfs>` +
	`<cellStyles count="2"><cellStyle name="Hyperlink" xfId="1" builtinId="8"/>` +
	`<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>` +
	`<dxfs count="0"/><tableStyles count="0" defaultTableStyle="TableStyleMedium2" defaultPivotStyle="PivotStyleLight16"/></styleSheet>`

// contentTypes lists the files of a workbook.
func contentTypes(sheets []sheetPlan) string {
	const kinds = "application/vnd.openxmlformats-"
	var b strings.Builder
	override := func(name, kind string) {
		b.WriteString(`<Override PartName="/` + name + `" ContentType="` + kinds +
			`officedocument.spreadsheetml.` + kind + `+xml"/>`)
	}
	b.WriteString(`<Types xmlns="` + xmlPackage + `content-types">` +
		`<Default Extension="rels" ContentType="` + kinds + `package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>`)
	override("xl/workbook.xml", "sheet.main")
	override("xl/styles.xml", "styles")
	for _, s := range sheets {
		override(s.part(), "worksheet")
		if s.table() {
			override(s.tablePart(), "table")
		}
	}
	return b.String() + `</Types>`
}

// workbookText names the sheets; the first row of each is printed on each page.
func workbookText(sheets []sheetPlan) string {
	var b strings.Builder
	b.WriteString(`<workbook xmlns="` + xmlMain + `" xmlns:r="` + xmlRelations + `">` +
		`<bookViews><workbookView xWindow="0" yWindow="0" windowWidth="28800" windowHeight="15000"/></bookViews><sheets>`)
	for _, s := range sheets {
		n := strconv.Itoa(s.number)
		b.WriteString(`<sheet name="` + s.name() + `" sheetId="` + n + `" r:id="rId` + n + `"/>`)
	}
	b.WriteString(`</sheets><definedNames>`)
	for _, s := range sheets {
		b.WriteString(`<definedName name="_xlnm.Print_Titles" localSheetId="` + strconv.Itoa(s.number-1) + `">'` +
			s.name() + `'!$1:$1</definedName>`)
	}
	return b.String() + `</definedNames></workbook>`
}

func workbookRelations(sheets []sheetPlan) string {
	var b strings.Builder
	for _, s := range sheets {
		n := strconv.Itoa(s.number)
		b.WriteString(relation("rId"+n, "worksheet", "worksheets/sheet"+n+".xml"))
	}
	return b.String() + relation("rId"+strconv.Itoa(len(sheets)+1), "styles", "styles.xml")
}

func relation(id, kind, target string) string {
	return `<Relationship Id="` + id + `" Type="` + xmlRelations + `/` + kind + `" Target="` + target + `"/>`
}
