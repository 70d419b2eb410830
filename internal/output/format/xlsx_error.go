package format

// SheetError says that the records are more than a sheet of a workbook takes.
type SheetError struct{ text string }

func (e *SheetError) Error() string { return e.text }
