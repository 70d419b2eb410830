package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

var errNoID = errors.New("there is no column id")

// parseBook reads a workbook as people do who open it: all of its first sheet.
func parseBook(content []byte) (rows []row, err error) {
	book, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	defer func() { _ = book.Close() }()
	table, err := book.GetRows(book.GetSheetName(0), excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, err
	}
	if len(table) == 0 {
		return nil, errNoID
	}
	id, tick := slices.Index(table[0], "id"), slices.Index(table[0], "tick")
	if id < 0 {
		return nil, errNoID
	}
	for _, cells := range table[1:] {
		if len(cells) <= max(id, tick) {
			return nil, fmt.Errorf("row %d is short: %q", len(rows)+2, cells)
		}
		r := row{ID: cells[id]}
		if tick >= 0 {
			if r.Tick, err = bookTime(cells[tick]); err != nil {
				return nil, err
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// bookTime reads an instant, which may be a number of days.
func bookTime(cell string) (time.Time, error) {
	days, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return time.Parse(time.RFC3339, cell)
	}
	at, err := excelize.ExcelDateToTime(days, false)
	return at.Round(time.Second), err
}

// parseColumns reads a Parquet file, all of its rows.
func parseColumns(content []byte) (rows []row, err error) {
	err = eachRow(content, func(cells map[string]any) (err error) {
		if cells["id"] == nil {
			return errNoID
		}
		r := row{ID: fmt.Sprint(cells["id"])}
		switch at := cells["tick"].(type) {
		case nil:
		case time.Time:
			r.Tick = at
		case int64:
			r.Tick = time.UnixMicro(at)
		default:
			r.Tick, err = time.Parse(time.RFC3339, fmt.Sprint(at))
		}
		rows = append(rows, r)
		return err
	})
	return rows, err
}
