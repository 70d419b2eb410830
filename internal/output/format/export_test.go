package format

import (
	"context"
	"io"

	"speckle-runner/internal/output/record"
)

// EncodeXLSX writes a workbook whose sheets end early.
func EncodeXLSX(ctx context.Context, w io.Writer, r record.Records, o Options, rows, links int) error {
	return encodeWorkbook(ctx, w, r, o, xlsxLimits{rows: rows, links: links})
}
